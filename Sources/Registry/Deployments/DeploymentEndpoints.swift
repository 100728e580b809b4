import Domain
import HTTP
import JSON
package import REST
package import SQL

/// `/api/v1/deployments`: the names that callers put in `model`. Every change makes a new revision.
package struct DeploymentEndpoints: Sendable {
    let control: any Database
    let mutations: Mutations

    package init(control: any Database, mutations: Mutations) {
        self.control = control
        self.mutations = mutations
    }

    static let path = "/api/v1/deployments"
    static let one = "/api/v1/deployments/{deployment}"
    private static let answer = Schema.any(description: "the deployment with its live revision")

    package var endpoints: [Endpoint] {
        let query = [DeploymentSchema.environmentQuery]
        return [
            Endpoint(
                .post, Self.path, .permission(.deploymentsWrite), tag: "deployments", summary: "Make a deployment",
                body: DeploymentSchema.body, answers: [.init(201, "the deployment", Self.answer)]
            ) { call in try await create(call) },
            Endpoint(
                .get, Self.path, .permission(.deploymentsRead), tag: "deployments",
                summary: "List deployments by name and environment",
                query: Page.query + [.init("environment", .name, "only of this environment")],
                answers: [.init(200, "a page of deployments", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, Self.one, .permission(.deploymentsRead), tag: "deployments", summary: "Read a deployment",
                query: query, answers: [.init(200, "the deployment", Self.answer)]
            ) { call in try await show(call) },
            Endpoint(
                .patch, Self.one, .permission(.deploymentsWrite), tag: "deployments",
                summary: "Change a deployment: a new revision, its references resolved anew", query: query,
                body: DeploymentSchema.body, answers: [.init(200, "the deployment", Self.answer)]
            ) { call in try await patch(call) },
            Endpoint(
                .delete, Self.one, .permission(.deploymentsWrite), tag: "deployments",
                summary: "Delete a deployment; its history stays, and the name may be given again", query: query,
                answers: [.init(204, "deleted")]
            ) { call in try await delete(call) },
        ] + revisionEndpoints
    }

    private func create(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        let id = mutations.identifiers.next()
        guard let content = DeploymentContent(call.body), let name = call.body["name"]?.stringValue else {
            throw Problem.invalid("", "must be a deployment")
        }
        let environment = call.body["environment"]?.stringValue ?? "production"
        return try await mutations.perform(call) { transaction in
            let taken = try DeploymentStore.find(
                name, environment: environment, project: call.project, in: transaction)
            guard taken == nil else {
                throw Problem.conflict("the deployment \(name) exists already in \(environment)")
            }
            let resolver = ReferenceResolver(project: call.project, connection: transaction)
            let variants = try resolver.pinned(content.variants)
            try resolver.requireEmbeddings(content.options, in: environment)
            let deployment = DeploymentRecord(
                id: id, name: name, environment: environment, createdAt: now, createdBy: call.principal.actor,
                revision: RevisionRecord(
                    number: 1, activeFrom: now, activeTo: nil, by: call.principal.actor, cause: .create,
                    reason: call.body["reason"]?.stringValue, options: content.options, variants: variants))
            try DeploymentStore.insert(deployment, project: call.project, in: transaction)
            return Mutation(
                .resource(deployment.json, status: 201, location: deployment.location),
                audit: [.init(action: "deployment.create", resource: deployment.resource, after: deployment.json)],
                stale: [.routing])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call, keys: 2)
        let environment = call.query("environment")
        var after: (name: String, environment: String)?
        if let keys = page.after {
            guard let name = keys[0].stringValue, let environment = keys[1].stringValue else {
                throw Page.foreignCursor
            }
            after = (name, environment)
        }
        let rows = try await control.read { [after] connection in
            try DeploymentStore.page(
                project: call.project, environment: environment, after: after, count: page.fetchCount, in: connection)
        }
        return .value(
            page.answer(rows, key: { [.string($0.name), .string($0.environment)] }, item: \.json))
    }

    private func show(_ call: Call) async throws -> Response {
        .resource(try await control.read { try require(call, in: $0).json })
    }

    private func patch(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try EntityTag.require(call.request, current: current.json.entityTag)
            let merged = try MergePatch.merged(
                current.writable, with: call.body, schema: DeploymentSchema.body, fixed: ["name", "environment"])
            guard let content = DeploymentContent(merged) else { throw Problem.invalid("", "must be a deployment") }
            var changed = current
            let resolver = ReferenceResolver(project: call.project, connection: transaction)
            let variants = try resolver.pinned(content.variants)
            try resolver.requireEmbeddings(content.options, in: current.environment)
            changed.revision = RevisionRecord(
                number: current.revision.number, activeFrom: now, by: call.principal.actor, cause: .update,
                reason: nil, options: content.options, variants: variants)
            // A patch that changes nothing leaves no mark in the history.
            guard changed.revision.content != current.revision.content else {
                return Mutation(.resource(current.json), audit: [])
            }
            let next = try changed.succeed(
                by: call.principal.actor, cause: .update, reason: merged["reason"]?.stringValue, at: now,
                project: call.project, in: transaction)
            return Mutation(
                .resource(next.json),
                audit: [
                    .init(
                        action: "deployment.update", resource: next.resource, before: current.json, after: next.json)
                ], stale: [.routing])
        }
    }

    private func delete(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try EntityTag.require(call.request, current: current.json.entityTag)
            try DeploymentStore.delete(
                current.id, project: call.project, at: mutations.clock.now(), in: transaction)
            return Mutation(
                Response(status: 204),
                audit: [
                    .init(
                        action: "deployment.delete", resource: "deployments/\(current.environment)/\(current.name)",
                        before: current.json)
                ], stale: [.routing])
        }
    }

    /// - Throws: 404.
    func require(_ call: Call, in connection: any Connection) throws -> DeploymentRecord {
        let name = call.parameter("deployment")
        let environment = call.query("environment") ?? "production"
        guard
            let found = try DeploymentStore.find(
                name, environment: environment, project: call.project, in: connection)
        else { throw Problem.notFound("deployment \(name) in \(environment)") }
        return found
    }
}
