import Domain
import SQL

/// Files in the store: what they are, and the pieces that their bytes are kept in.
enum FileStore {
    /// Of every piece but a file's last. A line is read out of the pieces that hold it: larger ones would have more
    /// read around it, smaller ones cost more rows.
    static let chunkBytes = 65_536

    /// Not yet seen by anybody: `complete` makes it so.
    static func begin(_ file: StoredFile, by key: String, in transaction: any Transaction) throws {
        try insert(file, isComplete: false, by: key, in: transaction)
    }

    /// The answers of a batch, as a file.
    static func add(_ file: StoredFile, by key: String, in transaction: any Transaction) throws {
        try insert(file, isComplete: true, by: key, in: transaction)
    }

    private static func insert(
        _ file: StoredFile, isComplete: Bool, by key: String, in transaction: any Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT INTO files (\(StoredFile.columns), is_complete, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .text(file.id), .text(file.project), .text(file.purpose.rawValue), .text(file.filename),
                SQLValue(file.bytes), SQLValue(file.batchID),
                file.purpose == .batch ? .null : SQLValue(file.isError), SQLValue(file.createdAt.milliseconds),
                SQLValue(file.expiresAt?.milliseconds), SQLValue(isComplete), .text(key),
            ])
    }

    /// - Parameter first: the number of the first of them.
    static func append(_ chunks: [[UInt8]], from first: Int, to id: String, in transaction: any Transaction) throws {
        try transaction.executeMany(
            "INSERT INTO chunks (file_id, number, bytes) VALUES ($1, $2, $3)", count: chunks.count
        ) { parameters, index in
            parameters.text(id, at: 1)
            parameters.integer(Int64(first + index), at: 2)
            parameters.blob(chunks[index], at: 3)
        }
        let bytes = chunks.reduce(0) { $0 + $1.count }
        try transaction.execute("UPDATE files SET bytes = bytes + $2 WHERE id = $1", [.text(id), SQLValue(bytes)])
    }

    /// - Returns: nil where it was cleared away meanwhile.
    static func complete(
        _ id: String, filename: String, expiresAt: Timestamp?, in transaction: any Transaction
    ) throws -> StoredFile? {
        try transaction.execute(
            "UPDATE files SET is_complete = 1, filename = $2, expires_at = $3 WHERE id = $1 AND deleted_at IS NULL",
            [.text(id), .text(filename), SQLValue(expiresAt?.milliseconds)])
        return try transaction.first(
            "SELECT \(StoredFile.columns) FROM files WHERE id = $1 AND is_complete = 1", [.text(id)]
        ) { try StoredFile($0) }
    }

    /// Nobody sees it any more.
    /// - Returns: whether there was such a file.
    @discardableResult
    static func delete(_ id: String, project: String, at now: Timestamp, in transaction: any Transaction) throws -> Bool
    {
        try transaction.execute(
            "UPDATE files SET deleted_at = $3 WHERE id = $1 AND project_id = $2 AND deleted_at IS NULL",
            [.text(id), .text(project), SQLValue(now.milliseconds)]) > 0
    }

    /// Complete, and not deleted or expired.
    static func find(_ id: String, within reach: Reach, at now: Timestamp, in connection: any Connection) throws
        -> StoredFile?
    {
        try connection.first(
            """
            SELECT \(StoredFile.columns) FROM files
            WHERE id = $1 AND project_id = $2 AND is_complete = 1 AND deleted_at IS NULL
              AND (expires_at IS NULL OR expires_at > $3) AND ($4 IS NULL OR created_by = $4)
            """, [.text(id), .text(reach.project), SQLValue(now.milliseconds), SQLValue(reach.actor)]
        ) { try StoredFile($0) }
    }

    /// Each condition stands in the statement only where it is asked for: then an index leads to the page's first file,
    /// however many there are before it.
    /// - Parameter after: the id of the last one of the page before.
    static func list(
        within reach: Reach, purpose: String?, after: String?, isAscending: Bool, count: Int, at now: Timestamp,
        in connection: any Connection
    ) throws -> [StoredFile] {
        let (sign, order) = isAscending ? (">", "ASC") : ("<", "DESC")
        var parameters: [SQLValue] = [.text(reach.project), SQLValue(now.milliseconds), SQLValue(count)]
        var conditions = ""
        for (condition, value) in [("purpose =", purpose), ("id \(sign)", after), ("created_by =", reach.actor)] {
            guard let value else { continue }
            parameters.append(.text(value))
            conditions += " AND \(condition) $\(parameters.count)"
        }
        return try connection.query(
            """
            SELECT \(StoredFile.columns) FROM files
            WHERE project_id = $1 AND is_complete = 1 AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
            \(conditions) ORDER BY id \(order) LIMIT $3
            """, parameters
        ) { try StoredFile($0) }
    }

    /// Whole pieces of the file, in order.
    static func chunks(of id: String, from first: Int, count: Int, in connection: any Connection) throws -> [[UInt8]] {
        try connection.query(
            "SELECT bytes FROM chunks WHERE file_id = $1 AND number >= $2 AND number < $3 ORDER BY number",
            [.text(id), SQLValue(first), SQLValue(first + count)]
        ) { try $0.blob(0) }
    }

    /// A part of the file; shorter where the file is.
    static func bytes(of id: String, start: Int, length: Int, in connection: any Connection) throws -> [UInt8] {
        guard length > 0 else { return [] }
        let first = start / chunkBytes
        let last = (start + length - 1) / chunkBytes
        let whole = try chunks(of: id, from: first, count: last - first + 1, in: connection).flatMap { $0 }
        let from = min(start - first * chunkBytes, whole.count)
        return Array(whole[from..<min(from + length, whole.count)])
    }
}
