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

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/api/v1/projects", .permission(.projectsWrite), tag: "projects", summary: "Make a project",
                body: .object([.required("name", .name)]),
                answers: [.init(201, "the project", .any(description: "a project"))]
            ) { call in try await create(call) },
            Endpoint(
                .get, "/api/v1/projects", .permission(.projectsRead), tag: "projects",
                summary: "List the projects that the key can see", query: Page.query,
                answers: [.init(200, "a page of projects", Page.schema(.any(description: "a project")))]
            ) { call in try await list(call) },
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let id = mutations.identifiers.next()
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            let name = call.body["name"]?.stringValue ?? ""
            guard try !transaction.exists("SELECT 1 FROM projects WHERE name = $1", [.text(name)]) else {
                throw Problem.conflict("a project named \(name) exists")
            }
            try transaction.execute(
                "INSERT INTO projects (id, name, created_at) VALUES ($1, $2, $3)",
                [.text(id), .text(name), .integer(now.milliseconds)])
            let made = Self.json(id: id, name: name, createdAt: now)
            return Mutation(
                .resource(made, status: 201, location: "/api/v1/projects/\(name)"),
                audit: [AuditEntry(action: "project.create", resource: "projects/\(name)", after: made)])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        let after = page.after?.first?.stringValue ?? ""
        // Only administrators of the installation's own project see the others.
        let own = call.principal.may(.projectsWrite) && call.project == "default" ? "" : call.project
        let rows = try await control.read { connection in
            try connection.query(
                """
                SELECT id, name, created_at FROM projects WHERE name > $1 AND ($2 = '' OR id = $2)
                ORDER BY name LIMIT $3
                """, [.text(after), .text(own), .init(page.fetchCount)]
            ) { row in
                Self.json(
                    id: try row.text(0), name: try row.text(1),
                    createdAt: Timestamp(milliseconds: try row.integer(2)))
            }
        }
        return .value(page.answer(rows, key: { [$0["name"] ?? .null] }, item: { $0 }))
    }

    private static func json(id: String, name: String, createdAt: Timestamp) -> JSONValue {
        ["id": .string(id), "name": .string(name), "created_at": .string(createdAt.text)]
    }
}
