import SQL

/// What the outcome of a feedback was served by: metrics group feedback by it.
struct FeedbackTarget {
    let outcomeID: String
    let deployment: String
    let environment: String
    let variant: String
    let revision: Int

    static func find(_ id: String, project: String, in connection: any Connection) throws -> FeedbackTarget? {
        try connection.first(
            """
            SELECT deployment, environment, variant, revision FROM outcomes WHERE id = $1 AND project_id = $2
            """, [.text(id), .text(project)]
        ) { row in
            FeedbackTarget(
                outcomeID: id, deployment: try row.text(0), environment: try row.text(1), variant: try row.text(2),
                revision: try row.int(3))
        }
    }
}
