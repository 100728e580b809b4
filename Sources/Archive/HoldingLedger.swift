import Domain
import SQL

/// What becomes of the holdings in one transaction.
struct HoldingLedger {
    private var ids: [String: Int64] = [:]
    private var changes: [Int64: ArchiveHolding] = [:]
    private var forgotten: [Int64] = []

    /// Of a deployment, made where it has none.
    mutating func holding(of deployment: String, in transaction: any Transaction) throws -> Int64 {
        if let known = ids[deployment] { return known }
        var found = try transaction.first(
            "SELECT id FROM holdings WHERE deployment_id = $1 AND is_purged = 0", [.text(deployment)]
        ) { try $0.integer(0) }
        if found == nil {
            found = try transaction.first(
                "INSERT INTO holdings (deployment_id, entries, bytes, is_purged) VALUES ($1, 0, 0, 0) RETURNING id",
                [.text(deployment)]
            ) { try $0.integer(0) }
        }
        guard let found else { throw SQLError.corrupt("a holding that was made is not there") }
        ids[deployment] = found
        return found
    }

    mutating func add(_ holding: Int64, entries: Int, bytes: Int) {
        changes[holding, default: ArchiveHolding()].add(ArchiveHolding(entries: entries, bytes: bytes))
    }

    /// It was purged, and the last of its answers has gone.
    mutating func forget(_ holding: Int64) { forgotten.append(holding) }

    func write(in transaction: any Transaction) throws {
        try transaction.executeMany(
            "UPDATE holdings SET entries = entries + $2, bytes = bytes + $3 WHERE id = $1",
            rows: changes.map { [.integer($0.key), SQLValue($0.value.entries), SQLValue($0.value.bytes)] })
        try transaction.executeMany("DELETE FROM holdings WHERE id = $1", rows: forgotten.map { [.integer($0)] })
    }

    // MARK: What there is

    static func all(in connection: any Connection) throws -> [String: ArchiveHolding] {
        let rows = try connection.query("SELECT deployment_id, entries, bytes FROM holdings WHERE is_purged = 0") {
            (try $0.text(0), try ArchiveHolding($0, 1))
        }
        return Dictionary(rows) { first, _ in first }
    }

    static func purged(in connection: any Connection) throws -> [Int64] {
        try connection.query("SELECT id FROM holdings WHERE is_purged = 1 ORDER BY id LIMIT 64") { try $0.integer(0) }
    }

    /// - Returns: what is not given any more.
    static func purge(_ deployment: String, in transaction: any Transaction) throws -> ArchiveHolding {
        try transaction.first(
            """
            UPDATE holdings SET is_purged = 1 WHERE deployment_id = $1 AND is_purged = 0 RETURNING entries, bytes
            """, [.text(deployment)]
        ) { try ArchiveHolding($0, 0) } ?? ArchiveHolding()
    }
}

extension ArchiveHolding {
    /// No file has more, of anything.
    private static let sizeMax: Int64 = 1 << 40

    /// Entries and bytes, from a column on.
    fileprivate init(_ row: Row, _ column: Int) throws {
        self.init(entries: try Self.size(row, column), bytes: try Self.size(row, column + 1))
    }

    /// - Throws: `SQLError.corrupt` for a number that cannot be, with which nobody could count on.
    static func size(_ row: Row, _ column: Int) throws -> Int {
        let size = try row.integer(column)
        guard (0...sizeMax).contains(size) else { throw SQLError.corrupt("a size of \(size)") }
        return Int(size)
    }
}
