import Domain
import HTTP
import JSON
package import REST
package import SQL

/// Projects: the tenant boundary.
package struct ProjectEndpoints: Sendable {
    private let control: any Database
    private let mutations: Mutations

    package init(control: any Database, mutations: Mutations) {
        self.control = control
        self.mutations = mutations
    }

    private static let path = "/api/v1/projects"
    private static let one = "/api/v1/projects/{project}"
    private static let schema = Schema.checked(
        .object([
            .required("name", .name),
            .optional("limits", .limits, "of all its keys together"),
            .optional("budget", .budget, "of all its keys together"),
        ]), RateLimits.violations)
    private static let answer = Schema.any(description: "a project")

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, Self.path, .permission(.projectsWrite), tag: "projects", summary: "Make a project",
                body: Self.schema, answers: [.init(201, "the project", Self.answer)]
            ) { call in try await create(call) },
            Endpoint(
                .get, Self.path, .permission(.projectsRead), tag: "projects",
                summary: "List the projects that the key can see", query: Page.query,
                answers: [.init(200, "a page of projects", Page.schema(Self.answer))]
            ) { call in try await list(call) },
            Endpoint(
                .get, Self.one, .permission(.projectsRead), tag: "projects", summary: "Read a project",
                answers: [.init(200, "the project", Self.answer)]
            ) { call in try await show(call) },
            Endpoint(
                .patch, Self.one, .permission(.projectsWrite), tag: "projects",
                summary: "Change a project's limits and budget: the next request has them", body: Self.schema,
                answers: [.init(200, "the project", Self.answer)]
            ) { call in try await patch(call) },
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let made = ProjectRecord(
            id: mutations.identifiers.next(), name: call.body["name"]?.stringValue ?? "",
            createdAt: mutations.clock.now(), limits: RateLimits(call.body["limits"]),
            budget: Budget(call.body["budget"]))
        return try await mutations.perform(call) { transaction in
            guard try ProjectStore.find(made.name, in: transaction) == nil else {
                throw Problem.conflict("a project named \(made.name) exists")
            }
            try ProjectStore.insert(made, in: transaction)
            return Mutation(
                .resource(made.json, status: 201, location: "\(Self.path)/\(made.name)"),
                audit: [AuditEntry(action: "project.create", resource: "projects/\(made.name)", after: made.json)])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = page.after?.first?.stringValue ?? ""
        let own = Self.seesAll(call) ? nil : call.project
        let projects = try await control.read {
            try ProjectStore.list(own: own, after: after, limit: page.fetchCount, in: $0)
        }
        return .value(page.answer(projects, key: { [.string($0.name)] }, item: \.json))
    }

    private func show(_ call: Call) async throws -> Response {
        .resource(try await control.read { try require(call, in: $0).json })
    }

    private func patch(_ call: Call) async throws -> Response {
        try await mutations.perform(call) { transaction in
            let current = try require(call, in: transaction)
            // What the installation has bounded a project by is not for the project to lift.
            guard Self.seesAll(call) else {
                throw Problem(
                    status: 403, title: "Forbidden",
                    detail: "limits and budgets of projects are set by administrators of the project default")
            }
            try EntityTag.require(call.request, current: current.json.entityTag)
            let merged = try MergePatch.merged(
                current.writable, with: call.body, schema: Self.schema, fixed: ["name"])
            var changed = current
            changed.limits = RateLimits(merged["limits"])
            changed.budget = Budget(merged["budget"])
            guard changed.writable != current.writable else {
                return Mutation(.resource(current.json), audit: [])
            }
            try ProjectStore.update(changed, in: transaction)
            return Mutation(
                .resource(changed.json),
                audit: [
                    AuditEntry(
                        action: "project.update", resource: "projects/\(current.name)", before: current.json,
                        after: changed.json)
                ], stale: [.keys])
        }
    }

    /// Only administrators of the installation's own project see the others.
    private static func seesAll(_ call: Call) -> Bool {
        call.principal.may(.projectsWrite) && call.project == "default"
    }

    private func require(_ call: Call, in connection: any Connection) throws -> ProjectRecord {
        let name = call.parameter("project")
        guard let found = try ProjectStore.find(name, in: connection), found.id == call.project || Self.seesAll(call)
        else { throw Problem.notFound("project \(name)") }
        return found
    }
}
