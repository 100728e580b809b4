import Domain
import JSON
import REST
import SQL

/// One score of one outcome.
struct Feedback {
    static let columns = """
        id, outcome_id, deployment, environment, variant, revision, name, value, source, comment, created_at, created_by
        """

    let id: String
    let project: String
    let target: FeedbackTarget
    let name: String
    /// 0…1; true is 1.
    let value: Double
    let source: String
    let comment: String?
    let createdAt: Timestamp
    let createdBy: String

    init(id: String, call: Call, target: FeedbackTarget, now: Timestamp) {
        self.id = id
        self.target = target
        project = call.project
        name = call.body["name"]?.stringValue ?? ""
        value = call.body["value"]?.doubleValue ?? (call.body["value"]?.boolValue == true ? 1 : 0)
        source = call.body["source"]?.stringValue ?? ""
        comment = call.body["comment"]?.stringValue
        createdAt = now
        createdBy = call.principal.actor
    }

    /// - Returns: the row as the API shows it.
    func insert(in transaction: any Transaction) throws -> JSONValue {
        try transaction.execute(
            """
            INSERT INTO feedback (id, project_id, outcome_id, deployment, environment, variant, revision, name, value,
                                  source, comment, created_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            [
                .text(id), .text(project), .text(target.outcomeID), .text(target.deployment),
                .text(target.environment), .text(target.variant), .init(target.revision), .text(name), .real(value),
                .text(source), .init(comment), .integer(createdAt.milliseconds), .text(createdBy),
            ])
        return try transaction.first(
            "SELECT \(Self.columns) FROM feedback WHERE id = $1", [.text(id)], Self.json) ?? .null
    }

    static func json(_ row: Row) throws -> JSONValue {
        [
            "id": .string(try row.text(0)),
            "outcome_id": .string(try row.text(1)),
            "deployment": .string(try row.text(2)),
            "environment": .string(try row.text(3)),
            "variant": .string(try row.text(4)),
            "revision": .integer(try row.integer(5)),
            "name": .string(try row.text(6)),
            "value": .number(try row.real(7)),
            "source": .string(try row.text(8)),
            "comment": .text(try row.textOrNull(9)),
            "created_at": .string(Timestamp(milliseconds: try row.integer(10)).text),
            "created_by": .string(try row.text(11)),
        ]
    }
}
