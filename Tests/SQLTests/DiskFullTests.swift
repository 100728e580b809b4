import CSQLite
import Glibc
import Support
import Testing

@testable import SQL

@Suite struct DiskFullTests {
    private static let page = String(repeating: "x", count: 4000)

    /// Writes until the disk is full; gives the ids that were acknowledged.
    private func fill(_ database: SQLiteDatabase, limit: Int) async throws -> [Int] {
        var acknowledged: [Int] = []
        for id in 1...limit {
            do {
                try await database.write { transaction in
                    try transaction.execute(
                        "INSERT INTO notes (id, text) VALUES ($1, $2)", [SQLValue(id), SQLValue(Self.page)])
                }
                acknowledged.append(id)
            } catch {
                #expect(error as? SQLError == .diskFull)
                return acknowledged
            }
        }
        Issue.record("the disk never filled")
        return acknowledged
    }

    private func ids(_ database: SQLiteDatabase) async throws -> [Int] {
        try await database.read { try $0.query("SELECT id FROM notes ORDER BY id") { try $0.int(0) } }
    }

    @Test(.enabled(if: Tmpfs.isAvailable), arguments: [400, 700, 1500])
    func fullFileSystemRefusesWritesKeepsReadsAndRecoversWithoutReopening(_ kibibytes: Int) async throws {
        let disk = try Tmpfs(kibibytes: kibibytes)
        let ballast = disk.path + "/ballast"
        let descriptor = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(posix_fallocate(descriptor, 0, 200 * 1024) == 0)
        close(descriptor)

        // A short log, so that checkpoints meet the full disk too.
        let options = SQLiteOptions(path: disk.path + "/store.sqlite", walAutocheckpointPages: 20)
        let database = try SQLiteDatabase(options, migrations: Store.schema)
        let acknowledged = try await fill(database, limit: 1000)
        #expect(!acknowledged.isEmpty)
        for _ in 0..<3 {
            #expect(try await ids(database) == acknowledged)
            await #expect(throws: SQLError.diskFull) {
                try await database.write { transaction in
                    let large = SQLValue(String(repeating: "y", count: 150_000))
                    try transaction.execute("INSERT INTO notes (id, text) VALUES (5000, $1)", [large])
                }
            }
        }
        #expect(try await database.integrityCheck() == [])

        unlink(ballast)
        try await database.write { try $0.execute("INSERT INTO notes (id, text) VALUES (2000, 'again')") }
        #expect(try await ids(database) == acknowledged + [2000])
        #expect(try await database.integrityCheck() == [])
        await database.close()

        let reopened = try SQLiteDatabase(options, migrations: Store.schema)
        #expect(try await ids(reopened) == acknowledged + [2000])
        #expect(try await reopened.integrityCheck() == [])
        await reopened.close()
    }

    @Test func fullFileRefusesWritesKeepsReadsAndTakesThemAgainAfterADelete() async throws {
        let store = try Store { $0.pageCountMax = 30 }
        let acknowledged = try await fill(store.database, limit: 1000)
        #expect(acknowledged.count > 10)
        #expect(try await store.ids() == acknowledged)
        try await store.database.write { try $0.execute("DELETE FROM notes WHERE id <= 10") }
        try await store.add(2000, Self.page)
        #expect(try await store.ids() == acknowledged.dropFirst(10) + [2000])
        #expect(try await store.database.integrityCheck() == [])
        await store.database.close()
    }

    /// SQLite says SQLITE_FULL for a failed write(2) alone; elsewhere the cause stands in errno.
    @Test(arguments: [SQLITE_FULL, SQLITE_IOERR | 19 << 8, SQLITE_IOERR | 4 << 8, SQLITE_CANTOPEN], [ENOSPC, EDQUOT])
    func everyErrorBehindWhichTheDiskIsFullSaysSo(_ code: Int32, _ cause: Int32) {
        #expect(SQLError(code: code, message: "", systemError: cause, sql: "") == .diskFull)
        let other = SQLError(code: code, message: "m", systemError: EIO, sql: "s")
        let named = "m (Input/output error)"
        #expect(other == (code == SQLITE_FULL ? .diskFull : .other(code: code, message: named, sql: "s")))
    }
}
