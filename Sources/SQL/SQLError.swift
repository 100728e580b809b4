/// What a database can refuse, in the words that callers act on; drivers map their own codes onto it.
package enum SQLError: Error, Equatable {
    /// No space (or quota) left. Reads go on; writes work again, without reopening, as soon as there is space.
    case diskFull
    /// Another process holds the file, or a lock was not to be had within the busy timeout.
    case busy
    /// A declared rule of the schema refused the row. `detail` names the columns or the rule, never the values.
    case constraint(kind: ConstraintKind, detail: String)
    /// The file is damaged or no database.
    case corrupt(String)
    /// The file was last written by a newer binary: versions of the newest migration in each.
    case newerThanBinary(file: Int, binary: Int)
    /// A migration was edited after it ran, is missing in the middle, or failed; the file is as it was before.
    case migration(version: Int, name: String, reason: String)
    /// The database was closed, or a connection was used after the closure that received it had returned.
    case closed
    /// More work waits than the bound of the queue allows; nothing was done.
    case queueFull
    /// A column did not hold what the decoder asked for: a bug in a query, or a file written by something else.
    case column(index: Int, name: String, expected: String, found: String)
    /// Anything else, with SQLite's extended result code and the statement.
    case other(code: Int32, message: String, sql: String)
}

extension SQLError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .diskFull: "the disk is full"
        case .busy: "the database is busy"
        case .constraint(let kind, let detail): "\(kind) constraint: \(detail)"
        case .corrupt(let message): "the database is damaged: \(message)"
        case .newerThanBinary(let file, let binary):
            "the database is at schema \(file), this binary knows only \(binary): use the newer binary or a backup"
        case .migration(let version, let name, let reason): "migration \(version) (\(name)): \(reason)"
        case .closed: "the database is closed"
        case .queueFull: "the database has more waiting than it may queue"
        case .column(let index, let name, let expected, let found):
            "column \(index) (\(name)): expected \(expected), found \(found)"
        case .other(let code, let message, let sql): "SQL error \(code): \(message)\(sql.isEmpty ? "" : " in: \(sql)")"
        }
    }
}
