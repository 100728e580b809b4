import Glibc
import Migrations
import SQL
import Testing

@Suite struct EmbeddedMigrationTests {
    /// The names in a folder of the repository, found from where this file was compiled.
    private func files(_ folder: String) throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let directory = try #require(opendir("/\(root)/migrations/\(folder)"))
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".sql") { names.append(name) }
        }
        return names.sorted()
    }

    @Test(arguments: [("control", Migrations.control), ("telemetry", Migrations.telemetry)])
    func everyFileIsListedAndNumberedWithoutGaps(_ folder: String, _ migrations: [Migration]) throws {
        let listed = migrations.map { migration in
            let digits = String(migration.version)
            return String(repeating: "0", count: 4 - digits.count) + "\(digits)_\(migration.name).sql"
        }
        #expect(try files(folder) == listed)
        #expect(migrations.map(\.version) == Array(1...max(migrations.count, 1)))
    }

    @Test(arguments: [Migrations.control, Migrations.telemetry])
    func schemaIsAppliedToAFreshFileAndIsWhole(_ migrations: [Migration]) async throws {
        let store = try Store(migrations)
        #expect(try await store.database.integrityCheck() == [])
        // What PostgreSQL could not hold: a table that takes any type in any column.
        let lax = try await store.database.read { connection in
            try connection.query(
                "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND schema = 'main'"
            ) { try $0.text(0) }
        }
        #expect(lax.filter { !$0.hasPrefix("sqlite_") } == ["schema_migrations"])
        await store.database.close()
    }
}
