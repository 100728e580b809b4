import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/prompts`: prompts, their immutable versions, labels, and rendering.
package struct PromptEndpoints: Sendable {
    private let control: any Database
    private let mutations: Mutations
    private let prompts: RegisteredThingEndpoints
    private let labels: PointerEndpoints

    package init(control: any Database, mutations: Mutations) {
        self.control = control
        self.mutations = mutations
        let prompts = RegisteredThingEndpoints(
            singular: "prompt", plural: "prompts", path: Self.path, read: .promptsRead, write: .promptsWrite,
            name: .folderName, table: .prompts, control: control, mutations: mutations, extras: Self.extras,
            mayDelete: Self.mayDelete)
        self.prompts = prompts
        labels = PointerEndpoints(
            kind: .label, things: prompts, path: "\(Self.path)/labels", control: control, mutations: mutations)
    }

    private static let path = "/api/v1/prompts/{prompt+}"
    private static let answer = Schema.any(description: "the prompt version")

    package var endpoints: [Endpoint] {
        let versions = [
            Endpoint(
                .post, "\(Self.path)/versions", .permission(.promptsWrite), tag: "prompts",
                summary: "Write a version of a prompt; it never changes afterwards", body: PromptVersionSchema.body,
                answers: [.init(201, "the version", Self.answer)]
            ) { call in try await create(call) },
            Endpoint(
                .get, "\(Self.path)/versions", .permission(.promptsRead), tag: "prompts",
                summary: "List a prompt's versions, newest first", query: Page.query,
                answers: [.init(200, "a page of versions", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, "\(Self.path)/versions/{version}", .permission(.promptsRead), tag: "prompts",
                summary: "Read a prompt version", answers: [.init(200, "the version", Self.answer)]
            ) { call in try await show(call) },
            Endpoint(
                .post, "\(Self.path)/render", .permission(.promptsRead), tag: "prompts",
                summary: "Render a version with variables", body: PromptRendering.schema,
                answers: [.init(200, "messages or text", .any(description: "{messages} or {text}"))]
            ) { call in try await render(call) },
        ]
        return prompts.endpoints + versions + labels.endpoints
    }

    private static let extras: @Sendable (RegisteredThing, String, any Connection) throws -> JSONObject = {
        prompt, project, connection in
        [
            "latest_version": JSONValue(
                try PromptVersionStore.latest(of: prompt.id, project: project, in: connection)),
            "labels": .object(try PointerStore.labels.all(of: prompt.id, project: project, in: connection)),
        ]
    }

    private static let mayDelete: @Sendable (RegisteredThing, String, any Connection) throws -> Void = {
        prompt, project, connection in
        let users = try PromptVersionStore.liveUsers(of: prompt.id, project: project, in: connection)
        guard users.isEmpty else {
            throw Problem.conflict("the prompt \(prompt.name) serves \(users.joined(separator: ", "))")
        }
    }

    private func create(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            let prompt = try prompts.require(call, in: transaction)
            var document = call.body.objectValue ?? [:]
            let labels = document.removeValue(forKey: "labels")?.arrayValue?.compactMap(\.stringValue) ?? []
            let latest = try PromptVersionStore.latest(of: prompt.id, project: call.project, in: transaction) ?? 0
            let version = PromptVersionRecord(
                prompt: prompt.name, version: latest + 1, document: document, createdAt: now,
                createdBy: call.principal.actor)
            try PromptVersionStore.insert(version, of: prompt, project: call.project, in: transaction)
            let resource = "prompts/\(prompt.name)/versions/\(version.version)"
            let shown = Array(Set(labels)).sorted()
            let json = try version.json(labels: shown)
            var audit = [AuditEntry(action: "prompt_version.create", resource: resource, after: json)]
            var stale = Set<Mutation.StaleSnapshot>()
            for label in shown {
                let current = try PointerStore.labels.find(label, of: prompt, project: call.project, in: transaction)
                let moved = try PointerMove(
                    store: .labels, thing: prompt, name: label, version: version.version, project: call.project,
                    actor: call.principal.actor, now: now
                ).perform(over: current, in: transaction)
                audit += moved.audit
                stale.formUnion(moved.stale)
            }
            let location = "/api/v1/prompts/\(PathSegment.encoded(prompt.name))/versions/\(version.version)"
            return Mutation(.resource(json, status: 201, location: location), audit: audit, stale: stale)
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let before = try page.numberAfter()
        let rows = try await control.read { connection in
            let prompt = try prompts.require(call, in: connection)
            return try PromptVersionStore.page(
                of: prompt, project: call.project, before: before, count: page.fetchCount, in: connection
            ).map { (version: $0.version, json: try json($0, of: prompt, call, in: connection)) }
        }
        return .value(page.answer(rows, key: { [JSONValue($0.version)] }, item: { $0.json }))
    }

    private func show(_ call: Call) async throws -> Response {
        let number = try call.number("version", of: "version")
        return try await control.read { connection in
            let prompt = try prompts.require(call, in: connection)
            guard let version = try PromptVersionStore.find(number, of: prompt, project: call.project, in: connection)
            else { throw Problem.notFound("version \(number) of the prompt \(prompt.name)") }
            return .resource(try json(version, of: prompt, call, in: connection))
        }
    }

    private func json(
        _ version: PromptVersionRecord, of prompt: RegisteredThing, _ call: Call, in connection: any Connection
    ) throws -> JSONValue {
        try version.json(
            labels: PromptVersionStore.labels(
                of: prompt.id, version: version.version, project: call.project, in: connection))
    }

    private func render(_ call: Call) async throws -> Response {
        try await control.read { connection in
            let prompt = try prompts.require(call, in: connection)
            return .value(
                try PromptRendering(prompt: prompt, body: call.body, project: call.project)
                    .rendered(from: connection))
        }
    }
}
