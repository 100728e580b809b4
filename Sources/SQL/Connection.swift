/// A connection for reading, valid only inside the closure that received it; all that one closure reads comes from one
/// snapshot. SQL is the part that SQLite and PostgreSQL share, with parameters written `$1`, `$2`, ….
package protocol Connection {
    /// All rows. `decode` runs once for each row, and a row is valid only inside it.
    /// Throws `SQLError`, or what `decode` throws.
    func query<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> [T]

    /// The first row, if any; further rows are not computed.
    func first<T>(_ sql: String, _ parameters: [SQLValue], _ decode: (Row) throws -> T) throws -> T?
}

extension Connection {
    /// `query` of a statement without parameters.
    package func query<T>(_ sql: String, _ decode: (Row) throws -> T) throws -> [T] {
        try query(sql, [], decode)
    }

    /// `first` of a statement without parameters.
    package func first<T>(_ sql: String, _ decode: (Row) throws -> T) throws -> T? {
        try first(sql, [], decode)
    }

    /// Whether the statement gives at least one row.
    package func exists(_ sql: String, _ parameters: [SQLValue] = []) throws -> Bool {
        try first(sql, parameters) { _ in true } ?? false
    }
}
