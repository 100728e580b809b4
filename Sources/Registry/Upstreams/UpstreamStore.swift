import Domain
import SQL

/// The SQL of what operators decide about providers.
enum UpstreamStore {
    private static let columns = "id, name, kind, breaker, breaker_set_at, breaker_set_by, breaker_reason"
    private static let one =
        "SELECT \(columns) FROM providers WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL"
    private static let list = """
        SELECT \(columns) FROM providers WHERE project_id = $1 AND name > $2 AND deleted_at IS NULL
        ORDER BY name LIMIT $3
        """
    private static let update = """
        UPDATE providers SET breaker = $3, breaker_set_at = $4, breaker_set_by = $5, breaker_reason = $6
        WHERE project_id = $1 AND id = $2
        """

    private static func decode(_ row: Row) throws -> UpstreamRecord {
        UpstreamRecord(
            id: try row.text(0), name: try row.text(1), kind: try row.text(2),
            mode: BreakerMode(rawValue: try row.text(3)) ?? .automatic,
            setAt: try row.integerOrNull(4).map { Timestamp(milliseconds: $0) }, setBy: try row.textOrNull(5),
            reason: try row.textOrNull(6))
    }

    static func find(_ name: String, project: String, in connection: any Connection) throws -> UpstreamRecord? {
        try connection.first(one, [.text(project), .text(name)], decode)
    }

    /// By name.
    static func page(
        project: String, after name: String?, count: Int, in connection: any Connection
    ) throws -> [UpstreamRecord] {
        try connection.query(list, [.text(project), .text(name ?? ""), SQLValue(count)], decode)
    }

    static func update(_ upstream: UpstreamRecord, project: String, in transaction: any Transaction) throws {
        try transaction.execute(
            update,
            [
                .text(project), .text(upstream.id), .text(upstream.mode.rawValue),
                SQLValue(upstream.setAt?.milliseconds), SQLValue(upstream.setBy), SQLValue(upstream.reason),
            ])
    }
}
