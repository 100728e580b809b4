import CSQLite
import Glibc

extension SQLError {
    /// The error of the last call on a connection; `code` is the extended result code that the call returned.
    init(_ connection: OpaquePointer?, code: Int32, sql: String) {
        let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        let systemError = connection.map { sqlite3_system_errno($0) } ?? 0
        self.init(code: code, message: message, systemError: systemError, sql: sql)
    }

    /// `systemError` is the errno behind an I/O error: SQLite reports a full disk as SQLITE_FULL from write(2) alone,
    /// and as an I/O error where it grows the WAL index, syncs or creates a file. Any other is named in the message:
    /// "disk I/O error" alone tells nobody what to look at.
    init(code: Int32, message: String, systemError: Int32, sql: String) {
        switch code & 0xff {
        case SQLITE_FULL: self = .diskFull
        case SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT: self = .diskFull
        case SQLITE_CANTOPEN where systemError == ENOSPC || systemError == EDQUOT: self = .diskFull
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: self = .busy
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .corrupt(message)
        case SQLITE_CONSTRAINT:
            guard let kind = ConstraintKind(sqliteCode: code) else {
                self = .other(code: code, message: message, sql: sql)
                return
            }
            self = .constraint(kind: kind, detail: Self.detail(of: message, kind))
        case SQLITE_IOERR where systemError != 0, SQLITE_CANTOPEN where systemError != 0:
            self = .other(code: code, message: "\(message) (\(String(cString: strerror(systemError))))", sql: sql)
        default: self = .other(code: code, message: message, sql: sql)
        }
    }

    /// Whether it is about the values of one statement: nothing but other values makes it succeed, and the transaction
    /// goes on without it.
    package var refusesValues: Bool {
        switch self {
        case .constraint: true
        case .other(let code, _, _):
            [SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_RANGE, SQLITE_CONSTRAINT].contains(code & 0xff)
        default: false
        }
    }

    /// "UNIQUE constraint failed: prompt.name" → "prompt.name".
    private static func detail(of message: String, _ kind: ConstraintKind) -> String {
        guard kind != .trigger, kind != .type else { return message }
        let marker = "constraint failed"
        var rest = Substring(message)
        while !rest.isEmpty, !rest.hasPrefix(marker) { rest = rest.dropFirst() }
        rest = rest.dropFirst(marker.count)
        return String(rest.drop { $0 == ":" || $0 == " " })
    }
}

extension ConstraintKind {
    init?(sqliteCode code: Int32) {
        // The extended codes are SQLITE_CONSTRAINT | n << 8: macros that Swift does not import.
        switch code >> 8 {
        case 1: self = .check
        case 3: self = .foreignKey
        case 5: self = .notNull
        case 6, 8, 10: self = .unique  // PRIMARYKEY, UNIQUE, ROWID
        case 7: self = .trigger
        case 12: self = .type  // DATATYPE, of STRICT tables
        default: return nil
        }
    }
}
