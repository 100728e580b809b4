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

    private static let schemas = [
        "batch": Migrations.batch, "cache": Migrations.cache, "control": Migrations.control,
        "telemetry": Migrations.telemetry,
    ]

    @Test(arguments: schemas.keys.sorted())
    func everyFileIsListedAndNumberedWithoutGaps(_ folder: String) throws {
        let migrations = try #require(Self.schemas[folder])
        let listed = migrations.map { migration in
            let digits = String(migration.version)
            return String(repeating: "0", count: 4 - digits.count) + "\(digits)_\(migration.name).sql"
        }
        #expect(try files(folder) == listed)
        #expect(migrations.map(\.version) == Array(1...max(migrations.count, 1)))
    }

    @Test(arguments: schemas.keys.sorted())
    func schemaIsAppliedToAFreshFileAndIsWhole(_ folder: String) async throws {
        let store = try Store(#require(Self.schemas[folder]))
        #expect(try await store.database.integrityCheck() == [])
        // What PostgreSQL could not hold: a table that takes any type in any column.
        let lax = try await store.database.read { connection in
            try connection.query(
                "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND schema = 'main'"
            ) { try $0.text(0) }
        }
        #expect(lax.filter { !$0.hasPrefix("sqlite_") } == [])
        await store.database.close()
    }
}
