import CSQLite

/// What a body gets: the connection for as long as the body runs, with the transaction watched over.
final class SQLiteSession: Transaction {
    private let connection: SQLiteConnection
    private var isActive = true
    /// The error with which SQLite rolled the transaction back by itself: nothing may run after it, least of all in
    /// autocommit mode, even when the body swallows the error.
    private(set) var doom: SQLError?
    private(set) var hooks: [@Sendable () -> Void] = []

    init(_ connection: SQLiteConnection) { self.connection = connection }

    func end() { isActive = false }

    func query<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> [T] {
        try guarded { try connection.query(sql, parameters, decode) }
    }

    func first<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> T? {
        try guarded { try connection.first(sql, parameters, decode) }
    }

    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try guarded { try connection.execute(sql, parameters) }
    }

    func executeMany(_ sql: String, rows: [[SQLValue]]) throws {
        try guarded { try connection.executeMany(sql, rows: rows) }
    }

    func executeMany(_ sql: String, count: Int, _ bind: (any Parameters, _ index: Int) throws -> Void) throws {
        try guarded { try connection.executeMany(sql, count: count, bind) }
    }

    func afterCommit(_ work: @escaping @Sendable () -> Void) { hooks.append(work) }

    private func guarded<T>(_ body: () throws -> T) throws -> T {
        guard isActive else { throw SQLError.closed }
        if let doom { throw doom }
        if connection.role == .reader, connection.interruption.isRequested { throw CancellationError() }
        do {
            return try connection.asGuest(body)
        } catch {
            if !connection.inTransaction {
                doom = error as? SQLError ?? .other(code: SQLITE_ABORT, message: "rolled back: \(error)", sql: "")
            }
            throw error
        }
    }
}
