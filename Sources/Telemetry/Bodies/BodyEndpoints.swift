import Domain
import HTTP
import JSON
package import REST
package import SQL

/// What callers sent and got, where their deployment stored it.
package struct BodyEndpoints: Sendable {
    private let database: any Database
    private let writer: OutcomeWriter

    package init(database: any Database, writer: OutcomeWriter) {
        self.database = database
        self.writer = writer
    }

    private static let body = Schema.any(
        description: "json or text, bytes as they were sent, whether that is truncated, and what was redacted by kind")

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/outcomes/{outcome}/bodies", .permission(.bodiesRead), tag: "outcomes",
                summary: "Read what the caller sent and got, if the deployment stored it: without personal data and "
                    + "secrets; a streamed answer is shown as one completion",
                answers: [
                    .init(
                        200, "request and answer; the latter is null when no provider gave one",
                        .object([.required("request", Self.body), .required("answer", Self.body)]))
                ]
            ) { call in try await bodies(call) }
        ]
    }

    private func bodies(_ call: Call) async throws -> Response {
        let id = call.parameter("outcome")
        try? await writer.flush()
        guard let key = ULID(id) else { throw Problem.notFound("outcome \(id)") }
        let search = OutcomeSearch(id: key, project: call.project)
        let found = try await database.read { connection -> JSONValue? in
            guard let outcome = try search.run(count: 1, in: connection).first else { return nil }
            return try BodyStore.find(outcome.seq, in: connection)
        }
        guard let found else { throw Problem.notFound("bodies of the outcome \(id)") }
        return .value(found)
    }
}
