import CSQLite

/// Brings a file to the newest schema that the binary knows, in one transaction, or leaves it as it was.
struct SQLiteMigrator {
    /// "SGBX" in the header of the file, so that file(1) and this code know whose it is.
    static let applicationID = 0x5347_4258

    private let connection: SQLiteConnection
    private let migrations: [Migration]
    private let newest: Int

    private struct Applied {
        let version: Int
        let name: String
        let checksum: String
    }

    init(_ connection: SQLiteConnection, _ migrations: [Migration]) throws(SQLError) {
        self.connection = connection
        self.migrations = migrations
        var newest = 0
        for migration in migrations {
            guard migration.version > newest else {
                throw .migration(
                    version: migration.version, name: migration.name, reason: "it follows number \(newest)")
            }
            newest = migration.version
        }
        self.newest = newest
    }

    /// Refuses a file that is not ours, is newer, or was made by migrations that differ from these. Writes nothing.
    func check() throws {
        let identifier = try connection.first("PRAGMA application_id", []) { try $0.int(0) } ?? 0
        let tables = try connection.first("SELECT count(*) FROM sqlite_schema", []) { try $0.int(0) } ?? 0
        guard identifier == Self.applicationID || (identifier == 0 && tables == 0) else {
            throw SQLError.other(code: SQLITE_NOTADB, message: "the file belongs to another program", sql: "")
        }
        let applied = try self.applied()
        if let last = applied.last?.version, last > newest {
            throw SQLError.newerThanBinary(file: last, binary: newest)
        }
        for (index, was) in applied.enumerated() {
            let now = index < migrations.count ? migrations[index] : nil
            guard let now, was.version == now.version else {
                throw SQLError.migration(
                    version: was.version, name: was.name,
                    reason: "it ran in another order, or is missing from this binary")
            }
            guard was.name == now.name, was.checksum == now.checksum else {
                throw SQLError.migration(
                    version: now.version, name: now.name,
                    reason: "it ran as \(was.name) with checksum \(was.checksum) and is now \(now.checksum): "
                        + "what has run is never edited, write a new migration")
            }
        }
    }

    /// The version of the newest migration that has run, 0 for none.
    func version() throws -> Int { try applied().last?.version ?? 0 }

    /// Applies what is pending. `now` is in milliseconds since 1970.
    func migrate(now: Int64) throws {
        let pending = migrations.dropFirst(try applied().count)
        let identifier = try connection.first("PRAGMA application_id", []) { try $0.int(0) } ?? 0
        guard !pending.isEmpty || identifier != Self.applicationID else { return }
        // Steps that rebuild a table drop the old one, which with foreign keys on would delete what refers to it;
        // the switch works only outside a transaction, and the references are checked before COMMIT instead.
        try connection.run("PRAGMA foreign_keys = OFF")
        defer { try? connection.run("PRAGMA foreign_keys = ON") }
        try connection.run("BEGIN IMMEDIATE")
        do {
            try connection.run(Self.table)
            for migration in pending { try apply(migration, now: now) }
            try checkReferences(pending.last)
            try connection.run("PRAGMA application_id = \(Self.applicationID)")
            try connection.run("PRAGMA user_version = \(newest)")
            try connection.run("COMMIT")
        } catch {
            if connection.inTransaction { try? connection.run("ROLLBACK") }
            throw error
        }
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT
        """

    private func applied() throws -> [Applied] {
        let isThere = try connection.first(
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'", []
        ) { _ in true }
        guard isThere == true else { return [] }
        return try connection.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version", []) {
            Applied(version: try $0.int(0), name: try $0.text(1), checksum: try $0.text(2))
        }
    }

    private func apply(_ migration: Migration, now: Int64) throws {
        do {
            try connection.asGuest { try connection.run(migration.sql) }
        } catch SQLError.diskFull {
            throw SQLError.diskFull
        } catch {
            let reason = (error as? SQLError)?.reasonWithoutStatement ?? "\(error)"
            throw SQLError.migration(version: migration.version, name: migration.name, reason: reason)
        }
        _ = try connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
            [SQLValue(migration.version), SQLValue(migration.name), SQLValue(migration.checksum), SQLValue(now)])
    }

    private func checkReferences(_ migration: Migration?) throws {
        let broken = try connection.first("PRAGMA foreign_key_check", []) { "\(try $0.text(0)) to \(try $0.text(2))" }
        guard let broken, let migration else { return }
        throw SQLError.migration(
            version: migration.version, name: migration.name, reason: "it leaves a broken reference from \(broken)")
    }
}

extension SQLError {
    fileprivate var reasonWithoutStatement: String {
        if case .other(_, let message, _) = self { message } else { description }
    }
}
