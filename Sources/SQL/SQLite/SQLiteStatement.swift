import CSQLite

/// A prepared statement of one connection; used by the thread that owns the connection only.
final class SQLiteStatement: RowColumns {
    let sql: String
    let isReadOnly: Bool
    /// Marked while a caller steps it, so that the same text used inside a decoder gets a statement of its own.
    var inUse = false
    var lastUse: UInt64 = 0
    private(set) var generation: UInt64 = 0
    private(set) var columnCount = 0

    // Owned by the connection, finalized in deinit.
    let handle: OpaquePointer
    private let connection: OpaquePointer
    /// For every SQLite parameter the index into the caller's list: SQLite numbers `$2 … $1` by first appearance.
    private let positions: [Int]
    private let parameterCount: Int
    /// Whether `$1`, `$2`, … are SQLite's own first, second, …: most statements name them in order.
    private let isInOrder: Bool
    /// The first thing that was wrong with what a `Parameters` was given, until the run that it is for.
    var bindingFault: Int32 = SQLITE_OK
    /// Where the bytes of texts and blobs stay for one run: most rows are short, and a copy into here costs less than
    /// one that SQLite has to allocate. Freed in deinit.
    var arena: UnsafeMutableRawBufferPointer?
    var arenaUsed = 0

    /// Throws when the text is not exactly one statement, or names a parameter other than `$1`, `$2`, ….
    init(_ sql: String, on connection: OpaquePointer, persistent: Bool) throws(SQLError) {
        self.sql = sql
        self.connection = connection
        handle = try Self.prepare(sql, on: connection, persistent: persistent)
        isReadOnly = sqlite3_stmt_readonly(handle) != 0
        do throws(SQLError) {
            positions = try Self.positions(of: handle, sql: sql)
        } catch {
            sqlite3_finalize(handle)
            throw error
        }
        parameterCount = (positions.max() ?? -1) + 1
        isInOrder = positions.elementsEqual(0..<positions.count)
        columnCount = Int(sqlite3_column_count(handle))
    }

    deinit {
        sqlite3_finalize(handle)
        arena?.deallocate()
    }

    private static func prepare(
        _ sql: String, on connection: OpaquePointer, persistent: Bool
    ) throws(SQLError) -> OpaquePointer {
        var prepared: OpaquePointer?
        var text = sql
        // The lengths that SQLite takes are 32 bits; its own limit on a statement is a million bytes.
        guard text.utf8.count < 1_000_000 else {
            throw .other(code: SQLITE_TOOBIG, message: "the statement is too long", sql: "")
        }
        let (code, rest) = text.withUTF8 { bytes -> (Int32, Int) in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                var tail: UnsafePointer<CChar>?
                let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
                let code = sqlite3_prepare_v3(
                    connection, characters.baseAddress, Int32(characters.count), flags, &prepared, &tail)
                guard let tail, let start = characters.baseAddress else { return (code, 0) }
                return (code, characters.count - (tail - start))
            }
        }
        guard code == SQLITE_OK else { throw SQLError(connection, code: code, sql: sql) }
        guard let prepared else { throw .other(code: SQLITE_MISUSE, message: "there is no statement", sql: sql) }
        guard sql.utf8.suffix(rest).allSatisfy({ " \n\r\t;".utf8.contains($0) }) else {
            sqlite3_finalize(prepared)
            throw .other(code: SQLITE_MISUSE, message: "more than one statement", sql: sql)
        }
        return prepared
    }

    private static func positions(of handle: OpaquePointer, sql: String) throws(SQLError) -> [Int] {
        var positions: [Int] = []
        for index in 0..<sqlite3_bind_parameter_count(handle) {
            let name = sqlite3_bind_parameter_name(handle, index + 1).map { String(cString: $0) } ?? "?"
            guard name.hasPrefix("$"), let number = Int(name.dropFirst()), number > 0 else {
                throw .other(code: SQLITE_MISUSE, message: "parameter \(name) is not written $1, $2, …", sql: sql)
            }
            positions.append(number - 1)
        }
        return positions
    }

    // MARK: Running

    func bind(_ parameters: [SQLValue]) throws(SQLError) {
        guard parameters.count == parameterCount else {
            let message = "\(parameterCount) parameters are wanted, \(parameters.count) were given"
            throw .other(code: SQLITE_MISUSE, message: message, sql: sql)
        }
        for (index, position) in positions.enumerated() {
            let code = bind(parameters[position], at: Int32(index + 1))
            guard code == SQLITE_OK else { throw SQLError(connection, code: code, sql: sql) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let value): return sqlite3_bind_int64(handle, index, value)
        case .real(let value):
            return value.isNaN ? SQLITE_MISMATCH : sqlite3_bind_double(handle, index, value)
        case .text(var value):
            return value.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // An empty string may have no address, which SQLite would take for NULL.
                    sqlite3_bind_text64(
                        handle, index, characters.baseAddress ?? Self.empty, UInt64(characters.count),
                        csqlite_transient(), UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            return bytes.isEmpty
                ? sqlite3_bind_zeroblob(handle, index, 0)
                : sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), csqlite_transient())
        }
    }

    // One NUL for the life of the process, only read.
    nonisolated(unsafe) static let empty: UnsafePointer<CChar> = {
        let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        byte.initialize(to: 0)
        return UnsafePointer(byte)
    }()

    /// True: a row stands ready. False: the statement is done.
    func step() throws(SQLError) -> Bool {
        generation &+= 1
        switch sqlite3_step(handle) {
        case SQLITE_ROW:
            // A schema change can alter what `*` expands to; SQLite prepares again inside the step.
            columnCount = Int(sqlite3_column_count(handle))
            return true
        case SQLITE_DONE: return false
        case let code: throw SQLError(connection, code: code, sql: sql)
        }
    }

    /// Ends the run and lets go of the parameters. The result code repeats what the last step said, so it is not read.
    func reset() {
        generation &+= 1
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        bindingFault = SQLITE_OK
        arenaUsed = 0
    }

    /// SQLite's index of `$position`; 0, which it refuses, when the statement has no such parameter.
    func index(_ position: Int) -> Int32 {
        if isInOrder { return Int32(truncatingIfNeeded: position) }
        return Int32(truncatingIfNeeded: (positions.firstIndex(of: position - 1) ?? -1) + 1)
    }

    /// Throws what was wrong with the parameters given since the last run.
    func checkBindings() throws(SQLError) {
        guard bindingFault != SQLITE_OK else { return }
        let code = bindingFault
        bindingFault = SQLITE_OK
        // What the connection says of itself may be about an earlier statement.
        throw .other(code: code, message: String(cString: sqlite3_errstr(code)), sql: sql)
    }

    // MARK: The current row

    func columnName(_ index: Int) -> String {
        sqlite3_column_name(handle, Int32(index)).map { String(cString: $0) } ?? ""
    }

    func columnKind(_ index: Int) -> ColumnKind {
        switch sqlite3_column_type(handle, Int32(index)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    func columnInteger(_ index: Int) -> Int64 { sqlite3_column_int64(handle, Int32(index)) }
    func columnReal(_ index: Int) -> Double { sqlite3_column_double(handle, Int32(index)) }

    func columnText(_ index: Int) -> String? {
        guard let start = sqlite3_column_text(handle, Int32(index)) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, Int32(index)))
        return String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func columnBlob(_ index: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, Int32(index)) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(index)))))
    }
}
