import SQL
import Synchronization

/// A database that has SQLite say how it will carry out each statement before it does, and counts the rows that each
/// transaction changes.
final class PlannedDatabase: Database {
    struct Plan: Sendable {
        let isWrite: Bool
        let sql: String
        /// As EXPLAIN QUERY PLAN says it.
        let steps: [String]

        /// Tables that are read from end to end, and not led to by an index.
        var scans: [String] { steps.filter { $0.hasPrefix("SCAN") && $0 != "SCAN CONSTANT ROW" } }
    }

    private let base: any Database
    private let noted = Mutex<(plans: [Plan], changes: [Int])>(([], []))

    init(_ base: any Database) { self.base = base }

    var plans: [Plan] { noted.withLock { $0.plans } }
    /// Rows that the largest transaction changed.
    var mostChanges: Int { noted.withLock { $0.changes.max() ?? 0 } }

    func read<T: Sendable>(_ body: @escaping @Sendable (any Connection) throws -> T) async throws -> T {
        try await base.read { try body(PlannedConnection(base: $0, database: self)) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> T) async throws -> T {
        try await base.write { transaction in
            let planned = PlannedTransaction(base: transaction, database: self)
            let result = try body(planned)
            self.noted.withLock { $0.changes.append(planned.changes) }
            return result
        }
    }

    func close() async { await base.close() }

    fileprivate func note(
        _ sql: String, _ parameters: [SQLValue], isWrite: Bool, in connection: any Connection
    ) throws {
        let steps = try connection.query("EXPLAIN QUERY PLAN \(sql)", parameters) { try $0.text(3) }
        noted.withLock { $0.plans.append(Plan(isWrite: isWrite, sql: sql, steps: steps)) }
    }
}

private struct PlannedConnection: Connection {
    let base: any Connection
    let database: PlannedDatabase

    func query<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> [T] {
        try database.note(sql, parameters, isWrite: false, in: base)
        return try base.query(sql, parameters, decode)
    }

    func first<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> T? {
        try database.note(sql, parameters, isWrite: false, in: base)
        return try base.first(sql, parameters, decode)
    }
}

private final class PlannedTransaction: Transaction {
    let base: any Transaction
    let database: PlannedDatabase
    private(set) var changes = 0

    init(base: any Transaction, database: PlannedDatabase) {
        self.base = base
        self.database = database
    }

    func query<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> [T] {
        try database.note(sql, parameters, isWrite: true, in: base)
        return try base.query(sql, parameters, decode)
    }

    func first<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> T? {
        try database.note(sql, parameters, isWrite: true, in: base)
        return try base.first(sql, parameters, decode)
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try database.note(sql, parameters, isWrite: true, in: base)
        let count = try base.execute(sql, parameters)
        changes += count
        return count
    }

    func executeMany(_ sql: String, rows: [[SQLValue]]) throws {
        if let first = rows.first { try database.note(sql, first, isWrite: true, in: base) }
        try base.executeMany(sql, rows: rows)
        changes += rows.count
    }

    /// Its parameters are not at hand; what is run so inserts rows, which reads none.
    func executeMany(_ sql: String, count: Int, _ bind: (any Parameters, _ index: Int) throws -> Void) throws {
        guard sql.hasPrefix("INSERT INTO") else {
            throw SQLError.other(code: 0, message: "is to be explained, not run many times", sql: sql)
        }
        try base.executeMany(sql, count: count, bind)
        changes += count
    }

    func afterCommit(_ work: @escaping @Sendable () -> Void) { base.afterCommit(work) }
}
