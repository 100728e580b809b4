import Domain
import HTTP
import JSON
package import REST
package import SQL

/// What was recorded of single inferences.
package struct OutcomeEndpoints: Sendable {
    private let database: any Database
    private let writer: OutcomeWriter

    package init(database: any Database, writer: OutcomeWriter) {
        self.database = database
        self.writer = writer
    }

    private static let query: [Endpoint.Query] =
        Page.query + [
            .init("deployment", .string(max: 128), "only of this deployment"),
            .init("environment", .string(max: 128), "only of this environment"),
            .init("variant", .string(max: 128), "only those assigned to this variant"),
            .init("status", .enumeration(OutcomeStatus.allCases.map(\.rawValue)), "only those that ended so"),
            .init("unit", .string(max: 256), "only of this unit"),
            .init("request_id", .string(max: 128), "only of this request"),
            .init("origin", .enumeration(["traffic", "probe"]), "traffic by default"),
            .init("from", .string(max: 64), "RFC 3339 or Unix milliseconds, inclusive"),
            .init("to", .string(max: 64), "RFC 3339 or Unix milliseconds, exclusive"),
        ]

    static let known = query.map(\.name)

    package var endpoints: [Endpoint] {
        var list = Endpoint(
            .get, "/api/v1/outcomes", .permission(.outcomesRead), tag: "outcomes",
            summary: "List outcomes, newest first; slice.<name>=<value> filters by slice", query: Self.query,
            answers: [.init(200, "a page of outcomes", Page.schema(.any(description: "an outcome")))]
        ) { call in try await outcomes(call) }
        list.allowsOtherQuery = true
        return [
            list,
            Endpoint(
                .get, "/api/v1/outcomes/{outcome}", .permission(.outcomesRead), tag: "outcomes",
                summary: "Read one outcome", answers: [.init(200, "the outcome", .any(description: "an outcome"))]
            ) { call in try await outcome(call) },
        ]
    }

    private func outcomes(_ call: Call) async throws -> Response {
        var filter = try OutcomeFilter(call)
        let page = try Page(call)
        if let after = page.after?.first?.stringValue { filter.add("id < ", .text(after)) }
        let sql = """
            SELECT \(OutcomeStore.columns) FROM outcomes WHERE \(filter.clauses.joined(separator: " AND "))
            ORDER BY id DESC LIMIT \(page.fetchCount)
            """
        let parameters = filter.parameters
        try? await writer.flush()
        let rows = try await database.read { try $0.query(sql, parameters, OutcomeStore.json) }
        return .value(page.answer(rows, key: { [$0["id"] ?? .null] }, item: { $0 }))
    }

    private func outcome(_ call: Call) async throws -> Response {
        let id = call.parameter("outcome")
        let project = call.project
        // When the disk is full the flush fails, and what is in the file is still worth reading.
        try? await writer.flush()
        guard let found = try await database.read({ try OutcomeStore.find(id, project: project, in: $0) }) else {
            throw Problem.notFound("outcome \(id)")
        }
        return .resource(found)
    }
}
