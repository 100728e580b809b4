import Domain
import JSON
import SQL

/// Batches in the store, and their ways from one status to the next. Each way names the status that it begins at, so
/// that of two who want a batch elsewhere one finds it gone.
enum BatchStore {
    private static let unfinished = "status IN ('validating', 'in_progress', 'finalizing', 'cancelling')"

    static func insert(_ batch: BatchRecord, idempotencyKey: String?, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO batches (id, project_id, key_id, input_file_id, endpoint, completion_window, metadata,
                                 idempotency_key, output_expires_s, status, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .text(batch.id), .text(batch.project), .text(batch.keyID), .text(batch.inputFileID),
                .text(batch.endpoint), .text(BatchRecord.window),
                batch.metadata.isNull ? .null : .text(batch.metadata.text), SQLValue(idempotencyKey),
                SQLValue(batch.outputExpiresSeconds), .text(batch.status.rawValue),
                SQLValue(batch.createdAt.milliseconds), SQLValue(batch.expiresAt.milliseconds),
            ])
    }

    static func find(_ id: String, within reach: Reach, in connection: any Connection) throws -> BatchRecord? {
        try connection.first(
            """
            SELECT \(BatchRecord.columns) FROM batches
            WHERE id = $1 AND project_id = $2 AND ($3 IS NULL OR key_id = $3)
            """, [.text(id), .text(reach.project), SQLValue(reach.key)]
        ) { try BatchRecord($0) }
    }

    /// Of any project, for the runner.
    static func find(_ id: String, in connection: any Connection) throws -> BatchRecord? {
        try connection.first("SELECT \(BatchRecord.columns) FROM batches WHERE id = $1", [.text(id)]) {
            try BatchRecord($0)
        }
    }

    static func find(idempotencyKey: String, project: String, in connection: any Connection) throws -> BatchRecord? {
        try connection.first(
            "SELECT \(BatchRecord.columns) FROM batches WHERE project_id = $1 AND idempotency_key = $2",
            [.text(project), .text(idempotencyKey)]
        ) { try BatchRecord($0) }
    }

    /// The latest first.
    static func list(within reach: Reach, after: String?, count: Int, in connection: any Connection) throws
        -> [BatchRecord]
    {
        var parameters: [SQLValue] = [.text(reach.project), SQLValue(count)]
        var conditions = ""
        for (condition, value) in [("id <", after), ("key_id =", reach.key)] {
            guard let value else { continue }
            parameters.append(.text(value))
            conditions += " AND \(condition) $\(parameters.count)"
        }
        return try connection.query(
            """
            SELECT \(BatchRecord.columns) FROM batches WHERE project_id = $1\(conditions) ORDER BY id DESC LIMIT $2
            """, parameters
        ) { try BatchRecord($0) }
    }

    /// Those that are to be worked on, the oldest of each project first, then their next ones: of what is held, what
    /// asks nothing any more.
    static func unfinished(
        at now: Timestamp, count: Int, in connection: any Connection
    ) throws -> [UnfinishedBatch] {
        try connection.query(
            """
            SELECT id, project_id, status, expires_at FROM (
                SELECT id, project_id, status, expires_at,
                       ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY id) AS turn FROM batches
                WHERE \(unfinished)
                  AND (held_at IS NULL OR status IN ('finalizing', 'cancelling') OR expires_at <= $2)) AS b
            ORDER BY turn, id LIMIT $1
            """, [SQLValue(count), SQLValue(now.milliseconds)]
        ) { row in
            let text = try row.text(2)
            guard let status = BatchStatus(rawValue: text) else {
                throw SQLError.column(index: 2, name: "status", expected: "a status", found: text)
            }
            return UnfinishedBatch(
                id: try row.text(0), project: try row.text(1), status: status,
                expiresAt: Timestamp(milliseconds: try row.integer(3)))
        }
    }

    /// Those that a restore holds, and nobody has decided on.
    static func heldCount(in connection: any Connection) throws -> Int {
        try connection.first(
            """
            SELECT COUNT(*) FROM batches
            WHERE \(unfinished) AND status IN ('validating', 'in_progress') AND held_at IS NOT NULL
            """
        ) { try $0.int(0) } ?? 0
    }

    // MARK: From one status to the next

    /// - Returns: whether it was at one of `from`.
    @discardableResult
    static func move(
        _ id: String, from: [BatchStatus], to status: BatchStatus, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let list = from.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try transaction.execute(
            """
            UPDATE batches SET status = $2, \(status.rawValue)_at = $3 WHERE id = $1 AND status IN (\(list))
            """, [.text(id), .text(status.rawValue), SQLValue(now.milliseconds)]) > 0
    }

    /// - Returns: whether it was held, and would be asked.
    static func resume(_ id: String, in transaction: any Transaction) throws -> Bool {
        try transaction.execute(
            """
            UPDATE batches SET held_at = NULL
            WHERE id = $1 AND held_at IS NOT NULL AND status IN ('validating', 'in_progress')
            """, [.text(id)]) > 0
    }

    static func validated(_ id: String, total: Int, at now: Timestamp, in transaction: any Transaction) throws -> Bool {
        guard try move(id, from: [.validating], to: .inProgress, at: now, in: transaction) else { return false }
        try transaction.execute("UPDATE batches SET total = $2 WHERE id = $1", [.text(id), SQLValue(total)])
        return true
    }

    static func fail(_ id: String, _ faults: [LineFault], at now: Timestamp, in transaction: any Transaction) throws {
        guard try move(id, from: [.validating], to: .failed, at: now, in: transaction) else { return }
        let errors = JSONValue.array(faults.map(\.json))
        try transaction.execute("UPDATE batches SET errors = $2 WHERE id = $1", [.text(id), .text(errors.text)])
    }

    /// What became of it, beside its answers; the first word stands.
    static func note(_ fault: LineFault, of id: String, in transaction: any Transaction) throws {
        try transaction.execute(
            "UPDATE batches SET errors = $2 WHERE id = $1 AND errors IS NULL",
            [.text(id), .text(JSONValue.array([fault.json]).text)])
    }

    /// Its lines have their answers, or its window is over.
    static func finalize(_ id: String, isExpired: Bool, at now: Timestamp, in transaction: any Transaction) throws {
        guard try move(id, from: [.validating, .inProgress], to: .finalizing, at: now, in: transaction) else { return }
        try transaction.execute(
            "UPDATE batches SET is_expired = $2 WHERE id = $1", [.text(id), SQLValue(isExpired)])
    }

    /// What it has been answered becomes its files.
    static func finish(
        _ batch: BatchRecord, as status: BatchStatus, outputFileID: String?, errorFileID: String?, at now: Timestamp,
        in transaction: any Transaction
    ) throws {
        guard try move(batch.id, from: [batch.status], to: status, at: now, in: transaction) else { return }
        try transaction.execute(
            """
            UPDATE batches SET output_file_id = $2, error_file_id = $3, output_bytes = 0, error_bytes = 0 WHERE id = $1
            """, [.text(batch.id), SQLValue(outputFileID), SQLValue(errorFileID)])
    }
}
