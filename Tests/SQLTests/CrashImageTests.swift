import Glibc
import Support
import Testing

@testable import SQL

/// What kill -9 leaves behind: the files as they are while the process runs, without any closing.
@Suite struct CrashImageTests {
    private func copy(_ from: String, _ to: String) throws {
        let source = try #require(fopen(from, "r"))
        let target = try #require(fopen(to, "w"))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, source), count > 0 { fwrite(buffer, 1, count, target) }
        fclose(source)
        fclose(target)
    }

    @Test func killedProcessLosesNothingAcknowledgedAndItsLogIsMovedIntoTheFileAtTheNextStart() async throws {
        let store = try Store()
        for id in 1...100 { try await store.add(id, String(repeating: "x", count: 1000)) }
        let image = store.directory.file("image.sqlite")
        // In this order a crash could have left them: the log holds everything, and nothing is being written.
        try copy(store.options.path, image)
        try copy(store.options.path + "-wal", image + "-wal")

        let database = try SQLiteDatabase(SQLiteOptions(path: image), migrations: Store.schema)
        #expect(try await database.read { try $0.query("SELECT id FROM notes") { try $0.int(0) } } == Array(1...100))
        #expect(try await database.integrityCheck() == [])
        // The writer has moved the log before it takes the first job.
        try await database.write { _ in }
        #expect(database.statistics.checkpoints == 1)
        try copy(image, store.directory.file("alone.sqlite"))
        await database.close()
        // The file alone, without its log, holds everything by now.
        let alone = SQLiteOptions(path: store.directory.file("alone.sqlite"))
        let reopened = try SQLiteDatabase(alone, migrations: Store.schema)
        #expect(try await reopened.read { try $0.query("SELECT id FROM notes") { try $0.int(0) } } == Array(1...100))
        await reopened.close()
        await store.database.close()
    }

    @Test func relativePathIsNeverReadAsAURIOrAsNoFileAtAll() {
        #expect(SQLiteConnection.name("file:x.sqlite?mode=memory") == "./file:x.sqlite?mode=memory")
        #expect(SQLiteConnection.name(":memory:") == "./:memory:")
        #expect(SQLiteConnection.name("var/x.sqlite") == "./var/x.sqlite")
        #expect(SQLiteConnection.name("/var/x.sqlite") == "/var/x.sqlite")
        #expect(throws: SQLError.self) { try SQLiteDatabase(SQLiteOptions(path: ""), migrations: Store.schema) }
    }
}
