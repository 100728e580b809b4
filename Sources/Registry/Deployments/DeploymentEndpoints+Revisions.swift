import Domain
import HTTP
import JSON
import REST
import SQL

/// What was live, and going back to it.
extension DeploymentEndpoints {
    var revisionEndpoints: [Endpoint] {
        let query = [DeploymentSchema.environmentQuery]
        let answer = Schema.any(description: "a revision: what was live, from when to when, by whom and why")
        return [
            Endpoint(
                .get, "\(Self.one)/revisions", .permission(.deploymentsRead), tag: "deployments",
                summary: "List a deployment's revisions, newest first", query: Page.query + query,
                answers: [.init(200, "a page of revisions", Page.schema(answer))]
            ) { call in try await revisions(call) },
            Endpoint(
                .get, "\(Self.one)/revisions/{revision}", .permission(.deploymentsRead), tag: "deployments",
                summary: "Read a revision", query: query, answers: [.init(200, "the revision", answer)]
            ) { call in try await revision(call) },
            Endpoint(
                .post, "\(Self.one)/rollback", .permission(.deploymentsWrite), tag: "deployments",
                summary: "Serve the content of an earlier revision again, as a new one", query: query,
                body: DeploymentSchema.rollback, answers: [.init(201, "the new revision", answer)]
            ) { call in try await rollback(call) },
        ]
    }

    private func revisions(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let before = try page.numberAfter()
        let rows = try await control.read { connection in
            let deployment = try require(call, in: connection)
            return try RevisionStore.page(
                of: deployment.id, project: call.project, before: before, count: page.fetchCount, in: connection
            ).map { revision in
                let json = revision.json(deployment: deployment.name, environment: deployment.environment)
                return (number: revision.number, json: json)
            }
        }
        return .value(page.answer(rows, key: { [JSONValue($0.number)] }, item: { $0.json }))
    }

    private func revision(_ call: Call) async throws -> Response {
        let number = try call.number("revision", of: "revision")
        return try await control.read { connection in
            let deployment = try require(call, in: connection)
            guard
                let found = try RevisionStore.find(
                    number, of: deployment.id, project: call.project, in: connection)
            else { throw Problem.notFound("revision \(number) of the deployment \(deployment.name)") }
            return .resource(found.json(deployment: deployment.name, environment: deployment.environment))
        }
    }

    private func rollback(_ call: Call) async throws -> Response {
        let now = mutations.clock.now()
        let number = call.body["revision"]?.intValue ?? 0
        return try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            try EntityTag.require(call.request, current: current.json.entityTag)
            var target = current
            target.revision = try earlier(number, of: current, project: call.project, in: transaction)
            let next = try target.succeed(
                by: call.principal.actor, cause: .rollback, reason: call.body["reason"]?.stringValue, at: now,
                project: call.project, in: transaction)
            return Mutation(
                .resource(next.revisionJSON, status: 201, location: next.revisionLocation),
                audit: [
                    .init(
                        action: "deployment.rollback", resource: next.resource, before: current.json,
                        after: next.revisionJSON)
                ], stale: [.routing])
        }
    }

    /// - Throws: 422 for a revision that is not there, that serves already, or whose provider is gone.
    private func earlier(
        _ number: Int, of deployment: DeploymentRecord, project: String, in connection: any Connection
    ) throws -> RevisionRecord {
        guard let found = try RevisionStore.find(number, of: deployment.id, project: project, in: connection) else {
            throw Problem.invalid("/revision", "is not a revision of the deployment \(deployment.name)")
        }
        guard number != deployment.revision.number else { throw Problem.invalid("/revision", "serves already") }
        let resolver = ReferenceResolver(project: project, connection: connection)
        for variant in found.variants {
            if let gone = try resolver.deletedProvider(of: variant.model)
                ?? resolver.deletedProvider(of: variant.upstreams)
            {
                throw Problem.invalid(
                    "/revision", "its variant \(variant.content.name) runs on the provider \(gone), which was deleted")
            }
        }
        if let name = found.options.cache?.semantic?.embeddings,
            try !resolver.hasEmbeddings(name, deployment.environment)
        {
            throw Problem.invalid("/revision", "its cache asks the deployment \(name) for vectors, which was deleted")
        }
        return found
    }
}
