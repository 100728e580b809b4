import Domain
import Gateway
import HTTP
import JSON
import REST
import Reactor
import Synchronization

/// A gateway on real loops and a real server, in front of scripted upstreams.
final class Rig: Sendable {
    /// Loops are never stopped: the tests share them, and the process ends with them.
    static let loops: [EventLoop] = (0..<2).compactMap { index in
        let loop = try? EventLoop(name: "test-\(index)")
        loop?.start()
        return loop
    }

    struct OneKey: Authenticator {
        let known: Principal

        func principal(for credential: ArraySlice<UInt8>) -> Principal? {
            credential.elementsEqual("key".utf8) ? known : nil
        }
    }

    let outcomes = OutcomeLog()
    let gateway: Gateway
    private let server: Server
    let port: Int

    init(
        _ deployments: [LiveDeployment], principal: Principal? = nil, pinned: [LiveDeployment] = [],
        settings: GatewaySettings = GatewaySettings(), prices: PriceBook = PriceBook(),
        meters: MeterBook? = nil, archive: (any AnswerArchive)? = nil,
        transport: (any UpstreamTransport)? = nil,
        clock: WallClock = WallClock { Timestamp(milliseconds: 1_760_000_000_000) },
        serving loops: [EventLoop] = [Rig.loops[0]], cacheClock: @escaping AnswerCache.Clock = { .now() },
        limitClock: @escaping AnswerCache.Clock = { .now() },
        report: @escaping @Sendable (UpstreamChange) -> Void = { _ in }
    ) async throws {
        gateway = Gateway(
            routing: Snapshot(RoutingTable(deployments)),
            pinned: { _, environment, name, revision in
                pinned.first { $0.environment == environment && $0.name == name && $0.revision == revision }
            },
            recorder: outcomes, identifiers: IdentifierGenerator(clock: clock), clock: clock, loops: Self.loops,
            settings: settings, prices: prices, meters: meters, archive: archive, transport: transport,
            cacheClock: cacheClock,
            limitClock: limitClock, report: report)
        let key = principal ?? Principal(keyID: "k1", name: "tests", project: "default", role: .admin)
        let serving = EndpointServing(authenticator: OneKey(known: key))
        server = try Server(
            listen: [.tcp(host: "127.0.0.1", port: 0)], loops: loops,
            routes: try Router(serving.routes(gateway.endpoints)), limits: ServerLimits(),
            errors: { status, title, detail, _, _ in
                OpenAIError.serverResponse(status: status, title: title, detail: detail)
            })
        guard case .tcp(_, let port) = try await server.start().first else { throw RawSocket.Broken() }
        self.port = port
    }

    /// One deployment `bot`, all of its traffic to the first upstream, the others its fallbacks in order.
    convenience init(
        _ upstreams: [String], settings: GatewaySettings = GatewaySettings(), allowPrivate: Bool = true,
        unit: AssignmentUnit = .user, prompt: CompiledPrompt? = nil, parameters: JSONObject = [:],
        resilience: Resilience = .unsaid, report: @escaping @Sendable (UpstreamChange) -> Void = { _ in }
    ) async throws {
        let variants = upstreams.enumerated().map { index, url in
            Self.variant(
                "v\(index)", url, weight: index == 0 ? 100 : 0, allowPrivate: allowPrivate, prompt: prompt,
                parameters: parameters)
        }
        try await self.init(
            [
                Self.deployment(
                    "bot", variants, fallbacks: Array(variants.indices.dropFirst()), unit: unit, resilience: resilience)
            ],
            settings: settings, report: report)
    }

    deinit {
        server.stopListening()
    }

    static func variant(
        _ name: String, _ url: String, weight: Double, allowPrivate: Bool = true, prompt: CompiledPrompt? = nil,
        parameters: JSONObject = [:], kind: String = "openai", settings: [String: String] = [:],
        model: String = "upstream-model", region: String? = nil, breaker: BreakerMode = .automatic,
        price: Price? = Price(TokenRates(input: 2_000_000, output: 8_000_000)),
        credential: String? = nil
    ) -> LiveVariant {
        LiveVariant(
            name: name, weight: Weight(percent: weight) ?? .whole,
            provider: LiveProvider(
                id: "p-\(name)", name: "provider-\(name)", kind: kind, baseURL: url,
                credential: Secret(credential ?? "sk-canary-\(name)"), region: region, allowPrivate: allowPrivate,
                headers: [(name: "X-Team", value: "blue")], settings: settings, breaker: breaker),
            providerModel: model, model: "support-model@7", prompt: prompt == nil ? nil : "p@1",
            compiledPrompt: prompt, parameters: parameters,
            price: price)
    }

    static func deployment(
        _ name: String, _ variants: [LiveVariant], fallbacks: [Int] = [], environment: String = "production",
        revision: Int = 3, unit: AssignmentUnit = .user, storesBodies: Bool = false, options document: JSONValue = [:],
        cache: CachePolicy? = nil, resilience: Resilience = .unsaid
    ) -> LiveDeployment {
        var options = DeploymentOptions(document)
        options.unit = unit
        options.fallbacks = fallbacks.map { variants[$0].name }
        options.storesBodies = storesBodies
        if let cache { options.cache = cache }
        options.resilience = resilience
        return LiveDeployment(
            id: "d-\(name)-\(environment)", project: "default", name: name, environment: environment,
            revision: revision, options: options, variants: variants)
    }

    /// Of the provider of this variant.
    func condition(_ variant: String = "v0") -> UpstreamCondition {
        gateway.upstreams.condition(of: "provider-\(variant)", in: "default")
    }

    /// Further tries of the first variant's provider.
    var retries: Int { condition().retries }

    func post(
        _ body: String = Rig.question, fields: [String] = [], path: String = "/v1/chat/completions"
    ) async throws -> WireMessage {
        let caller = try await Caller.connect(port: port)
        try await caller.send("POST", path, body, fields: fields)
        defer { caller.socket.close() }
        return try await caller.answer()
    }

    func get(_ path: String) async throws -> WireMessage {
        let caller = try await Caller.connect(port: port)
        try await caller.send("GET", path)
        defer { caller.socket.close() }
        return try await caller.answer()
    }

    static let question = #"{"model":"bot","messages":[{"role":"user","content":"6*7?"}]}"#
    static let streamed = #"{"model":"bot","stream":true,"messages":[{"role":"user","content":"6*7?"}]}"#
}

extension WireMessage {
    /// A member of the error object.
    func error(_ name: String) -> String? {
        (try? JSONValue(parsing: body))?["error"]?[name]?.stringValue
    }
}
