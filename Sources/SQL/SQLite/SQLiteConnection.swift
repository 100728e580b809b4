import CSQLite
import Glibc
import Synchronization

/// One open connection to a file. Not safe for concurrent use (SQLITE_OPEN_NOMUTEX): the thread that owns it is its
/// only user, but for `interruption`.
final class SQLiteConnection: SQLiteContext {
    enum Role { case writer, reader }

    let role: Role
    let interruption: SQLiteInterruption
    /// True while the driver's own statements are prepared or stepped, which the authorizer lets do anything.
    private var isDriver = true
    private var guestStatements: SQLiteStatementCache
    /// Apart from the guests', since the authorizer is asked only when a statement is prepared: a COMMIT that the
    /// driver has prepared must not be had by a body that asks for the same text.
    private var driverStatements = SQLiteStatementCache(capacity: 16)
    // Opened in init, closed in close() or deinit.
    private(set) var handle: OpaquePointer?

    init(_ options: SQLiteOptions, role: Role) throws(SQLError) {
        self.role = role
        guestStatements = SQLiteStatementCache(capacity: options.statementCacheMax)
        _ = Self.configured
        let access = role == .writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            Self.name(options.path), &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, options.vfs)
        guard code == SQLITE_OK, let opened else {
            let error = SQLError(opened, code: code, sql: "")
            sqlite3_close_v2(opened)
            throw error
        }
        handle = opened
        interruption = SQLiteInterruption(opened)
        try configure(opened, options)
    }

    deinit { close() }

    /// Debian's SQLite reads `file:…` as a URI, and `:memory:` and the empty name mean no file at all.
    static func name(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

    /// Finalizes the statements and closes. The last connection of a file to close checkpoints: the writer, always,
    /// since readers are told not to.
    func close() {
        guard let open = handle else { return }
        guestStatements.removeAll()
        driverStatements.removeAll()
        sqlite3_close_v2(open)
        handle = nil
    }

    /// Once in a process, before the first connection: without the counting of memory, which costs a global lock at
    /// every allocation.
    private static let configured: Void = {
        _ = csqlite_config_int(SQLITE_CONFIG_MEMSTATUS, 0)
    }()

    private func configure(_ open: OpaquePointer, _ options: SQLiteOptions) throws(SQLError) {
        sqlite3_busy_timeout(open, Int32(clamping: options.busyTimeoutMilliseconds))
        for (option, value) in [
            (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
            // A misspelt "column" is an error, as in PostgreSQL, and not a string.
            (SQLITE_DBCONFIG_DQS_DML, 0), (SQLITE_DBCONFIG_DQS_DDL, 0),
            // See SQLiteWriter for why a reader must never checkpoint, not even when it is the last to close.
            (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, role == .reader ? 1 : 0),
        ] {
            let code = csqlite_db_config_flag(open, Int32(option), Int32(value))
            guard code == SQLITE_OK else { throw SQLError(open, code: code, sql: "") }
        }
        sqlite3_wal_autocheckpoint(open, 0)
        try run("PRAGMA trusted_schema = OFF")
        try run("PRAGMA mmap_size = 0")
        try run("PRAGMA temp_store = MEMORY")
        let cache = role == .writer ? options.pageCacheKiB : options.readerCacheKiB
        try run("PRAGMA cache_size = -\(max(cache, 64))")
        try run("PRAGMA cell_size_check = ON")
        try run("PRAGMA foreign_keys = ON")
        try run("PRAGMA synchronous = \(options.synchronous.rawValue)")
        if let pages = options.pageCountMax { try run("PRAGMA max_page_count = \(pages)") }
        if role == .reader { try run("PRAGMA query_only = ON") }
        sqlite3_progress_handler(
            open, Self.operationsBetweenLooks, Self.looksForStop, Unmanaged.passUnretained(interruption).toOpaque())
        sqlite3_set_authorizer(open, Self.authorize, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Of SQLite's virtual machine: well below a millisecond's worth.
    private static let operationsBetweenLooks: Int32 = 4_096

    private static let looksForStop: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { context in
        guard let context else { return 0 }
        // Unretained: the connection, which holds it, outlives its handle, which alone calls this.
        return Unmanaged<SQLiteInterruption>.fromOpaque(context).takeUnretainedValue().stopsStatement ? 1 : 0
    }

    /// What a body may not do: end or nest its transaction, open other files, turn switches.
    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?
        ) -> Int32 = { context, action, _, argument, _, _ in
            guard let context else { return SQLITE_DENY }
            // Unretained: the connection outlives its handle, which alone calls this.
            let connection = Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue()
            if connection.isDriver { return SQLITE_OK }
            switch action {
            case SQLITE_TRANSACTION, SQLITE_ATTACH, SQLITE_DETACH: return SQLITE_DENY
            case SQLITE_PRAGMA: return argument == nil ? SQLITE_OK : SQLITE_DENY
            default: return SQLITE_OK
            }
        }

    // MARK: The driver's own statements

    /// Runs a text of any number of statements, as the driver: nothing is denied and nothing cached.
    func run(_ sql: String) throws(SQLError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLError(handle, code: code, sql: sql) }
    }

    /// As `run`, for one statement that is cached: BEGIN, COMMIT, ROLLBACK.
    func control(_ sql: String) throws {
        try withStatement(sql, []) { statement in while try statement.step() {} }
    }

    /// Runs what a body asked for, with the authorizer on watch.
    func asGuest<T>(_ body: () throws -> T) rethrows -> T {
        let before = isDriver
        isDriver = false
        defer { isDriver = before }
        return try body()
    }

    /// Runs a body within one snapshot, taken when it first reads.
    func snapshot<T>(_ body: (any Connection) throws -> T) throws -> T {
        let session = SQLiteSession(self)
        try control("BEGIN")
        defer {
            session.end()
            // Nothing was written: this only lets go of the snapshot, and cannot fail but where SQLite did it already.
            if inTransaction { try? control("ROLLBACK") }
        }
        return try interruption.during { try body(session) }
    }

    // MARK: Statements

    var inTransaction: Bool { handle.map { sqlite3_get_autocommit($0) == 0 } ?? false }
    /// Those of the bodies; the driver has a handful of its own.
    var cachedStatements: Int { guestStatements.count }

    func withStatement<T>(
        _ sql: String, _ parameters: [SQLValue]?, _ body: (SQLiteStatement) throws -> T
    ) throws -> T {
        guard let handle else { throw SQLError.closed }
        let statement =
            isDriver ? try driverStatements.take(sql, on: handle) : try guestStatements.take(sql, on: handle)
        defer {
            statement.reset()
            statement.inUse = false
        }
        if let parameters { try statement.bind(parameters) }
        return try body(statement)
    }

    func query<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> [T] {
        try withStatement(sql, parameters) { statement in
            var rows: [T] = []
            while try statement.step() { rows.append(try decode(Row(statement))) }
            return rows
        }
    }

    func first<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> T? {
        try withStatement(sql, parameters) { statement in
            guard try statement.step() else { return nil }
            let row = try decode(Row(statement))
            // What writes and returns has to run to its end: foreign keys are checked there.
            if !statement.isReadOnly { while try statement.step() {} }
            return row
        }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try withStatement(sql, parameters) { statement in
            let before = sqlite3_total_changes64(handle)
            while try statement.step() {}
            // sqlite3_changes keeps the count of an earlier statement where this one changes no rows.
            return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
        }
    }

    func executeMany(_ sql: String, rows: [[SQLValue]]) throws {
        guard let first = rows.first else { return }
        try withStatement(sql, first) { statement in
            while try statement.step() {}
            for row in rows.dropFirst() {
                statement.reset()
                try statement.bind(row)
                while try statement.step() {}
            }
        }
    }

    func executeMany(_ sql: String, count: Int, _ bind: (any Parameters, _ index: Int) throws -> Void) throws {
        guard count > 0 else { return }
        try withStatement(sql, nil) { statement in
            for index in 0..<count {
                try bind(statement, index)
                try statement.checkBindings()
                while try statement.step() {}
                statement.reset()
            }
        }
    }
}
