import Domain
import JSON
import SQL

/// The rows of projects.
enum ProjectStore {
    private static let columns = "id, name, created_at, limits, budget"

    static func find(_ name: String, in connection: any Connection) throws -> ProjectRecord? {
        try connection.first("SELECT \(columns) FROM projects WHERE name = $1", [.text(name)], record)
    }

    /// - Parameter own: the only one that may be seen; nil for all.
    static func list(
        own: String?, after: String, limit: Int, in connection: any Connection
    ) throws -> [ProjectRecord] {
        try connection.query(
            """
            SELECT \(columns) FROM projects WHERE name > $1 AND ($2 = '' OR id = $2)
            ORDER BY name LIMIT $3
            """, [.text(after), .text(own ?? ""), .init(limit)], record)
    }

    static func insert(_ project: ProjectRecord, in transaction: any Transaction) throws {
        try transaction.execute(
            "INSERT INTO projects (id, name, created_at, limits, budget) VALUES ($1, $2, $3, $4, $5)",
            [
                .text(project.id), .text(project.name), .integer(project.createdAt.milliseconds),
                .init(project.limits?.json.text), .init(project.budget?.json.text),
            ])
    }

    static func update(_ project: ProjectRecord, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE projects SET limits = $2, budget = $3 WHERE id = $1",
            [.text(project.id), .init(project.limits?.json.text), .init(project.budget?.json.text)])
    }

    /// Of those that have limits, by id.
    static func meters(_ book: MeterBook, in connection: any Connection) throws -> [String: Meter] {
        var meters = [String: Meter]()
        for project in try connection.query("SELECT \(columns) FROM projects", [], record) {
            meters[project.id] = book.meter(
                .project, id: project.id, name: project.name, limits: project.limits, budget: project.budget)
        }
        return meters
    }

    private static func record(_ row: Row) throws -> ProjectRecord {
        ProjectRecord(
            id: try row.text(0), name: try row.text(1), createdAt: Timestamp(milliseconds: try row.integer(2)),
            limits: RateLimits(try row.textOrNull(3).map { try JSONValue(parsing: $0) }),
            budget: Budget(try row.textOrNull(4).map { try JSONValue(parsing: $0) }))
    }
}
