import Domain
import SQL

/// What is done to the file in one transaction: what waits is written, and of what has to go as much goes as may at
/// once. What goes when there is no more room is what is over soonest.
struct ArchiveTurn: Sendable {
    /// What it came to.
    struct Result: Sendable {
        var written = 0
        /// Whether more has to go than went.
        var hasMore = false
        var holdings: [String: ArchiveHolding] = [:]
        /// Of the file, without its free pages.
        var usedBytes = 0
    }

    let now: Timestamp
    /// Of the file; what goes beyond goes out.
    let usedBytesMax: Int
    /// Whether no age can be told any more, since the clock has gone back.
    let isClockBack: Bool
    /// The deployments that may have answers here; nil where that is not asked now.
    let allowed: Set<String>?

    /// What was made after it was made by a clock that was ahead.
    private var horizon: Timestamp { now.advanced(byMilliseconds: Self.toleranceMilliseconds) }

    private static let rowsMax = 256
    /// What is deleted is overwritten, and goes through the log.
    private static let deletedBytesMax = 4 << 20
    private static let pageBytes = 4_096
    /// A clock that is set right by a little is not one that has gone back.
    static let toleranceMilliseconds: Int64 = 5_000

    func run(_ answers: [ArchivedAnswer], in transaction: any Transaction) throws -> Result {
        var result = Result()
        var ledger = HoldingLedger()
        try purgeUnwanted(in: transaction)
        for answer in answers where answer.expiresAt > now && answer.madeAt <= horizon {
            try insert(answer, &ledger, in: transaction)
            result.written += 1
        }
        // Each minute too: a process that is killed says nothing at its end.
        if result.written > 0 || allowed != nil { try Self.note(now, in: transaction) }
        result.hasMore = try deleteSome(&ledger, in: transaction)
        try ledger.write(in: transaction)
        result.holdings = try HoldingLedger.all(in: transaction)
        result.usedBytes = try usedBytes(in: transaction)
        return result
    }

    /// The latest moment of which the file knows.
    static func latest(in connection: any Connection) throws -> Timestamp? {
        try connection.first("SELECT latest FROM clock") { Timestamp(milliseconds: try $0.integer(0)) }
    }

    /// After it the clock may not be before this.
    static func note(_ moment: Timestamp, in transaction: any Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO clock (id, latest) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET latest = excluded.latest
            """, [.integer(moment.milliseconds)])
    }

    // MARK: Writing

    private func insert(
        _ answer: ArchivedAnswer, _ ledger: inout HoldingLedger, in transaction: any Transaction
    ) throws {
        let before = try transaction.first(
            "DELETE FROM answers WHERE key = $1 RETURNING holding, bytes", [.blob(answer.key)]
        ) { (holding: try $0.integer(0), bytes: try ArchiveHolding.size($0, 1)) }
        if let before { ledger.add(before.holding, entries: -1, bytes: -before.bytes) }
        let holding = try ledger.holding(of: answer.deploymentID, in: transaction)
        try transaction.execute(AnswerRow.insertion, AnswerRow.values(answer, holding: holding))
        ledger.add(holding, entries: 1, bytes: answer.body.count)
    }

    // MARK: Letting go

    private func purgeUnwanted(in transaction: any Transaction) throws {
        if isClockBack {
            try transaction.execute("UPDATE holdings SET is_purged = 1 WHERE is_purged = 0")
            try Self.note(now, in: transaction)
        }
        guard let allowed else { return }
        for id in try HoldingLedger.all(in: transaction).keys where !allowed.contains(id) {
            _ = try HoldingLedger.purge(id, in: transaction)
        }
    }

    /// - Returns: whether there may be more.
    private func deleteSome(_ ledger: inout HoldingLedger, in transaction: any Transaction) throws -> Bool {
        var room = (rows: Self.rowsMax, bytes: Self.deletedBytesMax)
        for holding in try HoldingLedger.purged(in: transaction) {
            let isEmpty = try delete(
                "WHERE holding = $2", [.integer(holding)], &room, &ledger, in: transaction)
            guard isEmpty else { return true }
            ledger.forget(holding)
        }
        let areOverGone = try delete(
            "WHERE expires_at <= $2 ORDER BY expires_at", [.integer(now.milliseconds)], &room, &ledger, in: transaction)
        guard areOverGone else { return true }
        let excess = try usedBytes(in: transaction) - usedBytesMax
        guard excess > 0 else { return false }
        room.bytes = min(room.bytes, excess)
        let isEmpty = try delete("ORDER BY expires_at", [], &room, &ledger, in: transaction)
        return try !isEmpty && usedBytes(in: transaction) > usedBytesMax
    }

    /// - Returns: whether none of them is left.
    private func delete(
        _ which: String, _ parameters: [SQLValue], _ room: inout (rows: Int, bytes: Int), _ ledger: inout HoldingLedger,
        in transaction: any Transaction
    ) throws -> Bool {
        let found = try transaction.query(
            "SELECT id, holding, bytes FROM answers \(which) LIMIT $1", [SQLValue(room.rows + 1)] + parameters
        ) { (id: try $0.integer(0), holding: try $0.integer(1), bytes: try ArchiveHolding.size($0, 2)) }
        var count = 0
        while count < found.count, room.rows > 0, room.bytes > 0 {
            let row = found[count]
            // An index that names what the table does not have would have us try for ever.
            guard try transaction.execute("DELETE FROM answers WHERE id = $1", [.integer(row.id)]) == 1 else {
                throw SQLError.corrupt("an answer that was found is not there")
            }
            room.rows -= 1
            room.bytes -= row.bytes + AnswerRow.overheadBytes
            ledger.add(row.holding, entries: -1, bytes: -row.bytes)
            count += 1
        }
        return count == found.count
    }

    private func usedBytes(in connection: any Connection) throws -> Int {
        let pages = try connection.first("PRAGMA page_count") { try $0.int(0) } ?? 0
        let free = try connection.first("PRAGMA freelist_count") { try $0.int(0) } ?? 0
        return (pages - free) * Self.pageBytes
    }
}
