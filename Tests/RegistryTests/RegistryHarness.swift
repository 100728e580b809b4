import Domain
import HTTP
import JSON
import REST
import SQL
import Support

@testable import Registry

/// The whole registry over a real file, with its routing table.
struct RegistryHarness {
    let plane: ControlPlaneHarness
    let routing: Snapshot<RoutingTable>
    let sealing: ReversingSealing
    let source: RoutingSource
    let lookup: RevisionLookup

    init() async throws {
        let routing = Snapshot(RoutingTable.empty)
        let sealing = ReversingSealing()
        let source = RoutingSource(snapshot: routing, sealing: sealing, kinds: Self.kinds)
        plane = try await ControlPlaneHarness(sources: [.routing: source]) { control, mutations in
            ProviderEndpoints(
                control: control, mutations: mutations, sealing: sealing, kinds: Self.kinds
            ).endpoints
                + ModelEndpoints(control: control, mutations: mutations).endpoints
                + PromptEndpoints(control: control, mutations: mutations).endpoints
                + DeploymentEndpoints(control: control, mutations: mutations).endpoints
                + DatasetEndpoints(control: control, mutations: mutations).endpoints
                + UpstreamEndpoints(
                    control: control, mutations: mutations, condition: { _, _ in Self.condition }
                ).endpoints
        }
        self.routing = routing
        self.sealing = sealing
        self.source = source
        lookup = RevisionLookup(control: plane.control, source: source, capacity: 2)
    }

    func send(
        _ method: Method, _ path: String, _ body: JSONValue? = nil, headers: [(String, String)] = [],
        as key: String = "admin"
    ) async -> Reply {
        await plane.send(method, "/api/v1" + path, body, headers: headers, as: key)
    }

    /// A provider with a credential, a model with two versions and the alias `champion` on the first, a chat prompt
    /// with one version, and the deployment `support-bot` of two variants.
    func seeded(follow: Bool = false) async -> RegistryHarness {
        _ = await send(.post, "/providers", Self.provider)
        _ = await send(.post, "/models", ["name": "support-model"])
        for id in ["gpt-a", "gpt-b"] {
            _ = await send(
                .post, "/models/support-model/versions",
                [
                    "provider": "main", "provider_model": .string(id),
                    "parameters": ["temperature": 0.5, "top_p": 0.9, "seed": 1],
                    "price": ["input_micro_usd_per_mtok": 2_000_000, "output_micro_usd_per_mtok": 4_000_000],
                ])
        }
        _ = await send(.put, "/models/support-model/aliases/champion", ["version": 1])
        _ = await send(.post, "/prompts", ["name": "support/greeting"])
        _ = await send(.post, "/prompts/support%2Fgreeting/versions", Self.promptVersion)
        _ = await send(.post, "/deployments", Self.deployment(follow: follow))
        return self
    }

    /// The registry knows of kinds what it is handed, and nothing else.
    static let kinds = ProviderKinds([
        ProviderKind(name: "openai", baseURL: "https://api.openai.com/v1"), ProviderKind(name: "vllm"),
        ProviderKind(
            name: "dated", settings: [.init("api_version", standard: "2024-10-21", "the version of the API")]),
        ProviderKind(
            name: "regional", place: { "https://\($0["place"]?.stringValue ?? "us").example.com" },
            settings: [.init("place", standard: "us", "where it is")],
            rules: { document in
                let place = document["settings"]?["place"]?.stringValue ?? "us"
                return document["base_url"] == .string("https://\(place).example.com")
                    ? [] : [Violation("/settings/place", "must be that of base_url")]
            }),
    ])

    /// What the gateway would say of every upstream.
    static let condition: UpstreamCondition = {
        var condition = UpstreamCondition()
        condition.circuit = .open
        condition.openMilliseconds = 1_200
        condition.lastError = "http_503"
        condition.coolDowns = [.init(model: "gpt-a", remainingMilliseconds: 700)]
        return condition
    }()

    static let provider: JSONValue = [
        "name": "main", "kind": "openai", "base_url": "https://api.example.com/v1/", "credential": "sk-canary-1",
    ]

    static let promptVersion: JSONValue = [
        "type": "chat",
        "messages": [["role": "system", "content": "Be {{tone}}."], ["role": "placeholder", "name": "messages"]],
        "parameters": ["temperature": 0.1], "response_format": ["type": "json_object"], "labels": ["production"],
    ]

    static func deployment(follow: Bool = false) -> JSONValue {
        [
            "name": "support-bot", "follow": .bool(follow), "fallbacks": ["candidate"],
            "variants": [
                [
                    "name": "control", "model": "support-model@champion", "prompt": "support/greeting@production",
                    "parameters": ["seed": 3], "weight": 90,
                ],
                ["name": "candidate", "model": "support-model@2", "weight": 10],
            ],
        ]
    }

    func live(_ name: String = "support-bot", environment: String = "production") -> LiveDeployment? {
        routing.current.deployment(project: "default", environment: environment, name: name)
    }

    /// Actions in order, each entry's hash checked against the one before.
    func audit() async throws -> [(action: String, before: String, after: String, chained: Bool)] {
        let rows = try await plane.control.read { connection in
            try connection.query(
                """
                SELECT sequence, project_id, at, actor, action, resource, outcome, before, after, request_id, address,
                       hash FROM audit ORDER BY sequence
                """
            ) { row in try (0..<12).map { try row.value($0) } }
        }
        var previous = ""
        return rows.map { row in
            let texts = row.map { value -> String in
                switch value {
                case .integer(let number): String(number)
                case .text(let text): text
                default: ""
                }
            }
            let parts = [texts[2], texts[1]] + texts[3...10]
            let expected = AuditLog.hash(
                ControlPlaneHarness.digest, previous: previous, sequence: Int64(texts[0]) ?? 0, parts: parts)
            previous = texts[11]
            return (action: texts[4], before: texts[7], after: texts[8], chained: expected == texts[11])
        }
    }
}
