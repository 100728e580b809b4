import Glibc
import Support
import Testing

@testable import SQL

@Suite struct MigrationTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.sqlite") }

    private static let first = Migration(
        version: 1, name: "owners",
        sql: """
            CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
            CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES owners (id) ON DELETE CASCADE)
                STRICT;
            INSERT INTO owners VALUES (1, 'ada');
            INSERT INTO pets VALUES (1, 1), (2, 1);
            """)
    private static let second = Migration(
        version: 2, name: "age", sql: "ALTER TABLE owners ADD COLUMN age INTEGER; UPDATE owners SET age = 36;")

    init() throws { directory = try TemporaryDirectory("migrations") }

    private func open(_ migrations: [Migration]) throws -> SQLiteDatabase {
        try SQLiteDatabase(SQLiteOptions(path: path), migrations: migrations)
    }

    private func withDatabase<T: Sendable>(
        _ migrations: [Migration], _ body: @escaping @Sendable (any Connection) throws -> T
    ) async throws -> T {
        let database = try open(migrations)
        let result = try await database.read(body)
        await database.close()
        return result
    }

    /// Everything a migration could have touched, as text.
    private func dump() async throws -> [String] {
        let connection = try SQLiteConnection(SQLiteOptions(path: path), role: .writer)
        defer { connection.close() }
        var lines = try connection.query("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name", []) {
            try $0.text(0)
        }
        lines += try connection.query("PRAGMA user_version", []) { "version \(try $0.int(0))" }
        if lines.contains(where: { $0.contains("TABLE owners") }) {
            lines += try connection.query("SELECT id, name FROM owners ORDER BY id", []) {
                "\(try $0.int(0)) \(try $0.text(1))"
            }
        }
        return lines
    }

    @Test func freshFileGetsEveryMigrationAndItsMarks() async throws {
        let marks = try await withDatabase([Self.first, Self.second]) { connection in
            let applied = try connection.query(
                "SELECT version, name, checksum, applied_at > 1600000000000 FROM schema_migrations ORDER BY version"
            ) { "\(try $0.int(0)) \(try $0.text(1)) \(try $0.text(2)) \(try $0.bool(3))" }
            let header = try ["application_id", "user_version"].map { pragma in
                try connection.first("PRAGMA \(pragma)") { "\(try $0.int(0))" } ?? ""
            }
            return applied + header
        }
        #expect(
            marks == [
                "1 owners \(Self.first.checksum) true", "2 age \(Self.second.checksum) true",
                "\(0x5347_4258)", "2",
            ])
    }

    @Test func fileIsReadableByItsOwnerAlone() async throws {
        let database = try open([Self.first])
        for name in [path, path + "-wal"] {
            var information = stat()
            #expect(stat(name, &information) == 0)
            #expect(information.st_mode & 0o777 == 0o600)
        }
        await database.close()
    }

    @Test func olderFileIsUpgradedWithItsDataKept() async throws {
        _ = try await withDatabase([Self.first]) { _ in }
        let ages = try await withDatabase([Self.first, Self.second]) { connection in
            try connection.query("SELECT name, age FROM owners") { "\(try $0.text(0)) \(try $0.int(1))" }
        }
        #expect(ages == ["ada 36"])
    }

    @Test func newerFileIsRefusedUntouched() async throws {
        _ = try await withDatabase([Self.first, Self.second]) { _ in }
        let before = try await dump()
        #expect(throws: SQLError.newerThanBinary(file: 2, binary: 1)) { try open([Self.first]) }
        #expect(try await dump() == before)
    }

    @Test func editedMigrationIsNamed() async throws {
        _ = try await withDatabase([Self.first]) { _ in }
        let edited = Migration(version: 1, name: "owners", sql: Self.first.sql + " -- harmless")
        let error = #expect(throws: SQLError.self) { try open([edited, Self.second]) }
        guard case .migration(1, "owners", let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains(Self.first.checksum) && reason.contains(edited.checksum))
    }

    @Test func migrationSlippedInBelowAnAppliedOneIsRefused() async throws {
        let third = Migration(version: 3, name: "third", sql: "CREATE TABLE third (x INTEGER) STRICT;")
        _ = try await withDatabase([Self.first, third]) { _ in }
        #expect(throws: SQLError.self) { try open([Self.first, Self.second, third]) }
    }

    @Test(arguments: [
        "CREATE TABLE half (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);",
        "CREATE TABLE half (x INTEGER) STRICT; COMMIT; CREATE TABLE rest (x INTEGER) STRICT;",
        "UPDATE owners SET name = 'eve'; SELECT RAISE(ABORT, 'x');",
        "UPDATE owners SET name = 'eve'; ATTACH 'elsewhere' AS elsewhere;",
        "DELETE FROM owners;",
        "this is no SQL",
    ])
    func failingMigrationLeavesTheFileAsItWas(_ sql: String) async throws {
        _ = try await withDatabase([Self.first]) { _ in }
        let before = try await dump()
        let failing = Migration(version: 3, name: "failing", sql: sql)
        let error = #expect(throws: SQLError.self) { try open([Self.first, Self.second, failing]) }
        guard case .migration(3, "failing", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await dump() == before)
        _ = try await withDatabase([Self.first, Self.second]) { _ in }
    }

    @Test func tableMayBeRebuiltWithoutLosingWhatRefersToIt() async throws {
        _ = try await withDatabase([Self.first]) { _ in }
        let rebuild = Migration(
            version: 2, name: "rebuild",
            sql: """
                CREATE TABLE owners_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> '')) STRICT;
                INSERT INTO owners_new SELECT id, name FROM owners;
                DROP TABLE owners;
                ALTER TABLE owners_new RENAME TO owners;
                """)
        let database = try open([Self.first, rebuild])
        let pets = try await database.read { try $0.first("SELECT count(*) FROM pets") { try $0.int(0) } }
        #expect(pets == 2)
        // Foreign keys are on again afterwards.
        await #expect(throws: SQLError.constraint(kind: .foreignKey, detail: "")) {
            try await database.write { try $0.execute("INSERT INTO pets VALUES (9, 99)") }
        }
        await database.close()
    }

    @Test func fileOfAnotherProgramIsRefusedUntouched() async throws {
        let other = try SQLiteConnection(SQLiteOptions(path: path), role: .writer)
        try other.run("CREATE TABLE theirs (x); PRAGMA user_version = 7;")
        other.close()
        let before = try await dump()
        #expect(throws: SQLError.self) { try open([Self.first]) }
        #expect(try await dump() == before)
    }

    @Test func fileThatIsNoDatabaseIsCalledDamaged() throws {
        let file = try #require(fopen(path, "w"))
        for _ in 0..<200 { fputs("this is not a database, ", file) }
        fclose(file)
        #expect(throws: SQLError.corrupt("file is not a database")) { try open([Self.first]) }
    }

    @Test func missingDirectoryIsAClearError() throws {
        let error = #expect(throws: SQLError.self) {
            try SQLiteDatabase(SQLiteOptions(path: directory.file("no/where.sqlite")), migrations: [])
        }
        guard case .other(_, "unable to open database file (No such file or directory)", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func numbersMustRise() {
        #expect(throws: SQLError.migration(version: 1, name: "owners", reason: "it follows number 2")) {
            try open([Self.second, Self.first])
        }
    }
}
