import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/models`: registered models, their immutable versions, and the aliases that point at versions.
package struct ModelEndpoints: Sendable {
    private let control: any Database
    private let mutations: Mutations
    private let models: RegisteredThingEndpoints
    private let aliases: PointerEndpoints

    package init(control: any Database, mutations: Mutations) {
        self.control = control
        self.mutations = mutations
        let models = RegisteredThingEndpoints(
            singular: "model", plural: "models", path: Self.path, read: .modelsRead, write: .modelsWrite,
            name: .name, table: .models, control: control, mutations: mutations, extras: Self.extras,
            mayDelete: Self.mayDelete)
        self.models = models
        aliases = PointerEndpoints(
            kind: .alias, things: models, path: "\(Self.path)/aliases", control: control, mutations: mutations)
    }

    private static let path = "/api/v1/models/{model}"
    private static let answer = Schema.any(description: "the model version")

    package var endpoints: [Endpoint] {
        let versions = [
            Endpoint(
                .post, "\(Self.path)/versions", .permission(.modelsWrite), tag: "models",
                summary: "Register a version of a model; it never changes afterwards", body: ModelVersionSchema.body,
                answers: [.init(201, "the version", Self.answer)]
            ) { call in try await create(call) },
            Endpoint(
                .get, "\(Self.path)/versions", .permission(.modelsRead), tag: "models",
                summary: "List a model's versions, newest first", query: Page.query,
                answers: [.init(200, "a page of versions", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, "\(Self.path)/versions/{version}", .permission(.modelsRead), tag: "models",
                summary: "Read a model version", answers: [.init(200, "the version", Self.answer)]
            ) { call in try await show(call) },
        ]
        return models.endpoints + versions + aliases.endpoints
    }

    private static let extras: @Sendable (RegisteredThing, String, any Connection) throws -> JSONObject = {
        model, project, connection in
        [
            "latest_version": JSONValue(
                try ModelVersionStore.latest(of: model.id, project: project, in: connection)),
            "aliases": .object(try PointerStore.aliases.all(of: model.id, project: project, in: connection)),
        ]
    }

    private static let mayDelete: @Sendable (RegisteredThing, String, any Connection) throws -> Void = {
        model, project, connection in
        let users = try ModelVersionStore.liveUsers(of: model.id, project: project, in: connection)
        guard users.isEmpty else {
            throw Problem.conflict("the model \(model.name) serves \(users.joined(separator: ", "))")
        }
    }

    private func create(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            let model = try models.require(call, in: transaction)
            let providerName = call.body["provider"]?.stringValue ?? ""
            guard let provider = try ProviderStore.find(providerName, project: call.project, in: transaction) else {
                throw Problem.invalid("/provider", "is not a provider of this project")
            }
            var document = call.body.objectValue ?? [:]
            document.removeValue(forKey: "provider")
            let latest = try ModelVersionStore.latest(of: model.id, project: call.project, in: transaction) ?? 0
            let version = ModelVersionRecord(
                model: model.name, version: latest + 1, state: "registered", provider: provider.name,
                document: document, createdAt: now, createdBy: call.principal.actor)
            try ModelVersionStore.insert(
                version, of: model, providerID: provider.id, project: call.project, in: transaction)
            let resource = "models/\(model.name)/versions/\(version.version)"
            return Mutation(
                .resource(version.json, status: 201, location: "/api/v1/\(resource)"),
                audit: [.init(action: "model_version.create", resource: resource, after: version.json)])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let before = try page.numberAfter()
        let rows = try await control.read { connection in
            let model = try models.require(call, in: connection)
            return try ModelVersionStore.page(
                of: model, project: call.project, before: before, count: page.fetchCount, in: connection)
        }
        return .value(page.answer(rows, key: { [JSONValue($0.version)] }, item: \.json))
    }

    private func show(_ call: Call) async throws -> Response {
        let number = try call.number("version", of: "version")
        return try await control.read { connection in
            let model = try models.require(call, in: connection)
            guard let version = try ModelVersionStore.find(number, of: model, project: call.project, in: connection)
            else { throw Problem.notFound("version \(number) of the model \(model.name)") }
            return .resource(version.json)
        }
    }
}
