import CSQLite

/// A look at a file that a server may be writing, for commands, on the thread that calls.
///
/// It is a reader like any other: opened read-only, with query_only, without automatic checkpoints and without the one
/// at closing. So it is never a second writer or checkpointer on the log of a server that runs (see SQLiteWriter for
/// the defect that this keeps away), and needs no lock on the data directory.
package final class SQLiteInspection {
    /// The file.
    package let path: String
    let connection: SQLiteConnection
    private(set) var holdsSnapshot = false

    /// Throws `SQLError` when there is no file, or none that can be read.
    package init(_ path: String, vfs: String? = nil) throws(SQLError) {
        self.path = path
        connection = try SQLiteConnection(SQLiteOptions(path: path, vfs: vfs), role: .reader)
    }

    deinit { close() }

    /// Lets go of the snapshot and of the file. Calling it again does nothing.
    package func close() {
        release()
        connection.close()
    }

    // MARK: Snapshots

    /// Everything that is read or copied from here to `release` is of this moment. The log of a running server cannot
    /// be reset meanwhile and grows by what is written: hold it no longer than a copy takes.
    package func hold() throws {
        guard !holdsSnapshot else { return }
        try connection.control("BEGIN")
        holdsSnapshot = true
        // BEGIN alone takes no snapshot: the first read does.
        _ = try connection.first("SELECT count(*) FROM sqlite_schema", []) { try $0.int(0) }
    }

    /// Ends what `hold` began.
    package func release() {
        guard holdsSnapshot else { return }
        holdsSnapshot = false
        // Nothing was written, so there is nothing that could fail to be undone.
        if connection.inTransaction { try? connection.control("ROLLBACK") }
    }

    // MARK: Findings

    /// The rows of one statement, each a read of its own unless a snapshot is held.
    package func query<T>(_ sql: String, _ decode: (Row) throws -> T) throws -> [T] {
        try connection.asGuest { try connection.query(sql, [], decode) }
    }

    /// The version of the newest migration that the file has had, 0 for an empty file. Throws `SQLError` when the file
    /// is not ours, is newer than `migrations`, or was made by others.
    package func schemaVersion(_ migrations: [Migration]) throws -> Int {
        let migrator = try SQLiteMigrator(connection, migrations)
        try migrator.check()
        return try migrator.version()
    }

    /// What is wrong with the file, at most a hundred lines; empty when it is whole. Reads all of it within one
    /// snapshot.
    package func damage() throws -> [String] { try connection.damage() }

    /// As `damage`, but a table at a time, so that a running server can reset its log in between. What belongs to no
    /// table (the list of free pages) is not looked at.
    package func damageByTable() throws -> [String] {
        let tables = try connection.query("SELECT name FROM sqlite_schema WHERE type = 'table'", []) { try $0.text(0) }
        var damage: [String] = []
        for table in tables where damage.count < 100 {
            let quoted = table.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            damage += try connection.damage(in: "\"\(quoted)\"")
        }
        return damage
    }
}
