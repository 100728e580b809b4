import Domain
import HTTP
import JSON
package import REST
package import SQL

/// The audit log, newest first.
package struct AuditEndpoints: Sendable {
    private let control: any Database

    package init(control: any Database) {
        self.control = control
    }

    private static let query: [Endpoint.Query] =
        Page.query + [
            .init("actor", .string(max: 256), "only what this actor did"),
            .init("action", .string(max: 128), "only this action, such as deployment.rollback"),
            .init("resource", .string(max: 512), "only this resource"),
            .init("from", .string(max: 64), "RFC 3339 or Unix milliseconds, inclusive"),
            .init("to", .string(max: 64), "RFC 3339 or Unix milliseconds, exclusive"),
        ]

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/audit", .permission(.auditRead), tag: "audit",
                summary: "List who changed what, newest first", query: Self.query,
                answers: [.init(200, "a page of entries", Page.schema(.any(description: "an audit entry")))]
            ) { call in try await list(call) }
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        var clauses = ["project_id = $1"]
        var parameters: [SQLValue] = [.text(call.project)]
        func add(_ comparison: String, _ value: SQLValue) {
            parameters.append(value)
            clauses.append("\(comparison) $\(parameters.count)")
        }
        for column in ["actor", "action", "resource"] {
            if let value = call.query(column) { add("\(column) =", .text(value)) }
        }
        for (name, comparison) in [("from", "at >="), ("to", "at <")] {
            guard let text = call.query(name) else { continue }
            guard let moment = Timestamp(parsing: text) else {
                throw Problem.invalid("query/\(name)", "must be RFC 3339 or Unix milliseconds")
            }
            add(comparison, .integer(moment.milliseconds))
        }
        if let after = page.after?.first?.intValue { add("sequence <", .init(after)) }
        let sql = """
            SELECT sequence, at, actor, action, resource, outcome, before, after, request_id, address, hash FROM audit
            WHERE \(clauses.joined(separator: " AND ")) ORDER BY sequence DESC LIMIT \(page.fetchCount)
            """
        let bound = parameters
        let rows = try await control.read { try $0.query(sql, bound, Self.json) }
        return .value(page.answer(rows, key: { [$0["sequence"] ?? .null] }, item: { $0 }))
    }

    private static func json(_ row: Row) throws -> JSONValue {
        [
            "sequence": .integer(try row.integer(0)),
            "at": .string(Timestamp(milliseconds: try row.integer(1)).text),
            "actor": .string(try row.text(2)),
            "action": .string(try row.text(3)),
            "resource": .string(try row.text(4)),
            "outcome": .string(try row.text(5)),
            "before": try JSONValue(parsing: try row.text(6)),
            "after": try JSONValue(parsing: try row.text(7)),
            "request_id": .string(try row.text(8)),
            "address": .string(try row.text(9)),
            "hash": .string(try row.text(10)),
        ]
    }
}
