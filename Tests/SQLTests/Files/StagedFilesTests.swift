import Glibc
import Support
import Testing

@testable import SQL

@Suite struct StagedFilesTests {
    private struct PowerCut: Error {}

    private static let names = ["control.sqlite", "telemetry.sqlite"]

    /// A file with one note, and with a log beside it that a killed process would have left.
    private func makeOld(_ path: String) async throws {
        let database = try SQLiteDatabase(SQLiteOptions(path: path), migrations: Store.schema)
        try await database.write { try $0.execute("INSERT INTO notes (id, text) VALUES (1, 'old')") }
        let reader = try SQLiteConnection(SQLiteOptions(path: path), role: .reader)
        _ = try reader.first("SELECT count(*) FROM notes", []) { try $0.int(0) }
        await database.close()
        reader.close()
        let log = try #require(FileSizes.of(path + "-wal"))
        try #require(log > 0)
    }

    private func makeNew(_ path: String) async throws {
        let directory = try TemporaryDirectory("new")
        let origin = directory.file("origin.sqlite")
        let database = try SQLiteDatabase(SQLiteOptions(path: origin), migrations: Store.schema)
        try await database.write { try $0.execute("INSERT INTO notes (id, text) VALUES (2, 'new')") }
        await database.close()
        let inspection = try SQLiteInspection(origin)
        try inspection.copy(to: path)
        inspection.close()
    }

    private func notes(_ path: String) async throws -> [String] {
        let database = try SQLiteDatabase(SQLiteOptions(path: path), migrations: Store.schema)
        let notes = try await database.read { try $0.query("SELECT text FROM notes") { try $0.text(0) } }
        #expect(try await database.integrityCheck() == [])
        await database.close()
        return notes
    }

    /// Ends at the step of each number in turn, then does what the next start does.
    @Test func whereverTheRestoreEndsAllFilesAreOldOrAllAreNewAndNoOldLogIsReplayed() async throws {
        var sawOld = false
        var steps = Int.max
        var number = 0
        while number < steps {
            number += 1
            let directory = try TemporaryDirectory("staged")
            for name in Self.names { try await makeOld(directory.file(name)) }
            var count = 0
            let end = number
            let staged = StagedFiles(into: directory.path) { _ in
                count += 1
                if count == end { throw PowerCut() }
            }
            try staged.begin()
            for name in Self.names { try await makeNew(staged.place + "/" + name) }
            do {
                try staged.commit()
                try staged.finish()
                steps = number - 1
            } catch is PowerCut {}

            let next = StagedFiles(into: directory.path + "/")
            let wasDue = next.isDue
            try next.finish()
            #expect(!next.isDue)
            let expected = wasDue || steps < number ? ["new"] : ["old"]
            sawOld = sawOld || expected == ["old"]
            for name in Self.names {
                #expect(try await notes(directory.file(name)) == expected, "ended at step \(number), \(name)")
            }
            // What an end before the commit left behind is no hindrance.
            try next.begin()
            try next.abandon()
        }
        #expect(sawOld)
        #expect(steps >= 2 * (3 + 2) + 2)
    }

    @Test func withNothingDueNothingHappens() throws {
        let directory = try TemporaryDirectory("staged")
        try StagedFiles(into: directory.path).finish()
        #expect(try DirectoryListing.names(in: directory.path) == [])
        let error = #expect(throws: FileError.self) { try DirectoryListing.names(in: directory.file("missing")) }
        #expect(error?.description == "cannot list \(directory.file("missing")): No such file or directory")
    }
}
