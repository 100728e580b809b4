/// The prepared statements of one connection, at most `capacity`; the least recently used goes first. Statements in use
/// are counted but never dropped.
struct SQLiteStatementCache {
    private let capacity: Int
    private var statements: [String: SQLiteStatement] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
        statements.reserveCapacity(self.capacity)
    }

    var count: Int { statements.count }

    /// A statement for the text that nobody steps, prepared when there is none. It is marked as in use.
    mutating func take(_ sql: String, on connection: OpaquePointer) throws(SQLError) -> SQLiteStatement {
        clock &+= 1
        if let known = statements[sql] {
            guard !known.inUse else { return try SQLiteStatement(sql, on: connection, persistent: false) }
            known.inUse = true
            known.lastUse = clock
            return known
        }
        let statement = try SQLiteStatement(sql, on: connection, persistent: true)
        statement.inUse = true
        statement.lastUse = clock
        if statements.count >= capacity { evict() }
        if statements.count < capacity { statements[sql] = statement }
        return statement
    }

    mutating func removeAll() { statements.removeAll() }

    private mutating func evict() {
        let oldest = statements.values.lazy.filter { !$0.inUse }.min { $0.lastUse < $1.lastUse }
        if let oldest { statements[oldest.sql] = nil }
    }
}
