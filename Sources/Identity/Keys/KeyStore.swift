import Domain
import JSON
package import SQL

/// The rows of keys.
package enum KeyStore {
    private static let columns = """
        id, project_id, name, role, deployments, environment, created_at, created_by, expires_at, revoked_at, limits,
        budget, previous_until
        """

    package static func insert(_ key: KeyRecord, digest: [UInt8], in transaction: any Transaction) throws {
        let deployments = key.deployments.map { JSONValue.array($0.map { .string($0) }).text }
        try transaction.execute(
            """
            INSERT INTO keys (id, project_id, name, role, digest, deployments, environment, created_at, created_by,
                              expires_at, limits, budget)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .text(key.id), .text(key.project), .text(key.name), .text(key.role.rawValue), .blob(digest),
                .init(deployments), .text(key.environment), .integer(key.createdAt.milliseconds),
                .text(key.createdBy), .init(key.expiresAt?.milliseconds),
                .init(key.limits?.json.text), .init(key.budget?.json.text),
            ])
    }

    static func update(_ key: KeyRecord, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE keys SET name = $3, deployments = $4, environment = $5, expires_at = $6, limits = $7, budget = $8
            WHERE project_id = $1 AND id = $2
            """,
            [
                .text(key.project), .text(key.id), .text(key.name),
                .init(key.deployments.map { JSONValue.array($0.map { .string($0) }).text }), .text(key.environment),
                .init(key.expiresAt?.milliseconds), .init(key.limits?.json.text), .init(key.budget?.json.text),
            ])
    }

    /// Another secret is the key's from now on; the one before it is taken until `previousUntil`, if that is given.
    static func rotate(_ key: KeyRecord, digest: [UInt8], in transaction: any Transaction) throws {
        try transaction.execute(
            """
            UPDATE keys SET previous_digest = CASE WHEN $3 IS NULL THEN NULL ELSE digest END, previous_until = $3,
                digest = $4
            WHERE project_id = $1 AND id = $2
            """,
            [.text(key.project), .text(key.id), .init(key.previousUntil?.milliseconds), .blob(digest)])
    }

    static func find(_ id: String, project: String, in connection: any Connection) throws -> KeyRecord? {
        try connection.first(
            "SELECT \(columns) FROM keys WHERE id = $1 AND project_id = $2", [.text(id), .text(project)], record)
    }

    static func list(
        project: String, after: String, limit: Int, in connection: any Connection
    ) throws -> [KeyRecord] {
        try connection.query(
            "SELECT \(columns) FROM keys WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            [.text(project), .text(after), .init(limit)], record)
    }

    static func revoke(_ id: String, project: String, at now: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE keys SET revoked_at = $1 WHERE id = $2 AND project_id = $3 AND revoked_at IS NULL",
            [.integer(now.milliseconds), .text(id), .text(project)])
    }

    /// Whether any key could be used now; a fresh installation has none.
    package static func hasUsable(at now: Int64, in connection: any Connection) throws -> Bool {
        try connection.exists(
            "SELECT 1 FROM keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1) LIMIT 1",
            [.integer(now)])
    }

    /// - Parameter meters: what counts against the keys' limits and their projects'.
    static func table(from connection: any Connection, _ meters: MeterBook) throws -> KeyTable {
        let projects = try ProjectStore.meters(meters, in: connection)
        let entries = try connection.query(
            "SELECT \(columns), digest, previous_digest FROM keys WHERE revoked_at IS NULL", []
        ) { row in
            let key = try record(row)
            let own = meters.meter(.key, id: key.id, name: key.name, limits: key.limits, budget: key.budget)
            var previous: KeyTable.Previous?
            if let until = key.previousUntil, let digest = try row.blobOrNull(14) {
                previous = KeyTable.Previous(digest: digest, until: until)
            }
            let principal = key.principal([own, projects[key.project]].compactMap { $0 })
            return (
                key.id,
                KeyTable.Entry(
                    principal: principal, digest: try row.blob(13), expiresAt: key.expiresAt, previous: previous)
            )
        }
        return KeyTable(
            entries: Dictionary(entries, uniquingKeysWith: { first, _ in first }), installation: projects["default"])
    }

    private static func record(_ row: Row) throws -> KeyRecord {
        let deployments = try row.textOrNull(4).map { try JSONValue(parsing: $0) }
        return KeyRecord(
            id: try row.text(0), project: try row.text(1), name: try row.text(2),
            // A role that this binary does not know gives no permission rather than too many.
            role: Role(rawValue: try row.text(3)) ?? .caller,
            deployments: deployments?.arrayValue?.compactMap(\.stringValue), environment: try row.text(5),
            createdAt: Timestamp(milliseconds: try row.integer(6)), createdBy: try row.text(7),
            expiresAt: try row.integerOrNull(8).map { Timestamp(milliseconds: $0) },
            revokedAt: try row.integerOrNull(9).map { Timestamp(milliseconds: $0) },
            limits: RateLimits(try row.textOrNull(10).map { try JSONValue(parsing: $0) }),
            budget: Budget(try row.textOrNull(11).map { try JSONValue(parsing: $0) }),
            previousUntil: try row.integerOrNull(12).map { Timestamp(milliseconds: $0) })
    }
}
