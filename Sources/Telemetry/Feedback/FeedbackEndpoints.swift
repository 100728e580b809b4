import Domain
import HTTP
import JSON
package import REST
package import SQL

/// Scores that people, code and judge models attach to outcomes.
package struct FeedbackEndpoints: Sendable {
    private let database: any Database
    private let mutations: Mutations
    private let writer: OutcomeWriter

    /// - Parameter mutations: over the telemetry file, where feedback lives beside the outcomes.
    package init(database: any Database, mutations: Mutations, writer: OutcomeWriter) {
        self.database = database
        self.mutations = mutations
        self.writer = writer
    }

    package var endpoints: [Endpoint] {
        [
            Endpoint(
                .post, "/api/v1/feedback", .permission(.feedbackWrite), tag: "feedback",
                summary: "Attach a score to an outcome", body: FeedbackSchema.creation,
                answers: [.init(201, "the feedback", .any(description: "a feedback"))]
            ) { call in try await create(call) },
            Endpoint(
                .get, "/api/v1/feedback", .permission(.feedbackRead), tag: "feedback",
                summary: "List feedback, newest first",
                query: Page.query + [
                    .init("outcome_id", .string(max: 64), "only of this outcome"),
                    .init("deployment", .string(max: 128), "only of this deployment"),
                    .init("name", .string(max: 128), "only under this name"),
                ],
                answers: [.init(200, "a page of feedback", Page.schema(.any(description: "a feedback")))]
            ) { call in try await list(call) },
            Endpoint(
                .get, "/api/v1/feedback/{feedback}", .permission(.feedbackRead), tag: "feedback",
                summary: "Read one feedback", answers: [.init(200, "the feedback", .any(description: "a feedback"))]
            ) { call in try await read(call) },
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        // The outcome may still be in the queue: its answer came a moment ago.
        try await writer.flush()
        let id = mutations.identifiers.next()
        let now = mutations.clock.now()
        return try await mutations.perform(call) { transaction in
            let outcomeID = call.body["outcome_id"]?.stringValue ?? ""
            guard let target = try FeedbackTarget.find(outcomeID, project: call.project, in: transaction) else {
                throw Problem.invalid("/outcome_id", "is not an outcome of this project")
            }
            let made = try Feedback(id: id, call: call, target: target, now: now).insert(in: transaction)
            return Mutation(.resource(made, status: 201, location: "/api/v1/feedback/\(id)"), audit: [])
        }
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try Page(call)
        var clauses = ["project_id = $1"]
        var parameters: [SQLValue] = [.text(call.project)]
        for column in ["outcome_id", "deployment", "name"] {
            guard let value = call.query(column) else { continue }
            parameters.append(.text(value))
            clauses.append("\(column) = $\(parameters.count)")
        }
        if let after = page.after?.first?.stringValue {
            parameters.append(.text(after))
            clauses.append("id < $\(parameters.count)")
        }
        let sql = """
            SELECT \(Feedback.columns) FROM feedback WHERE \(clauses.joined(separator: " AND "))
            ORDER BY id DESC LIMIT \(page.fetchCount)
            """
        let bound = parameters
        let rows = try await database.read { try $0.query(sql, bound, Feedback.json) }
        return .value(page.answer(rows, key: { [$0["id"] ?? .null] }, item: { $0 }))
    }

    private func read(_ call: Call) async throws -> Response {
        let id = call.parameter("feedback")
        let project = call.project
        let found = try await database.read { connection in
            try connection.first(
                "SELECT \(Feedback.columns) FROM feedback WHERE id = $1 AND project_id = $2",
                [.text(id), .text(project)], Feedback.json)
        }
        guard let found else { throw Problem.notFound("feedback \(id)") }
        return .resource(found)
    }
}
