import CSQLite
import Glibc
import Support
import Testing

@testable import SQL

/// What `backup` and `doctor` do to a file beside its server: nothing.
@Suite struct InspectionTests {
    /// Runs on one thread from its first line to its last, as a command does.
    private func look(_ path: String, vfs: String, copyTo target: String) throws -> UInt {
        let inspection = try SQLiteInspection(path, vfs: vfs)
        #expect(try inspection.schemaVersion(Store.schema) == 1)
        #expect(try inspection.damage() == [])
        #expect(try inspection.damageByTable() == [])
        try inspection.copy(to: target)
        inspection.close()
        return UInt(pthread_self())
    }

    @Test func inspectionAndCopyNeverWriteSyncOrCutTheFileOrItsLog() async throws {
        let disk = FaultDisk()
        let store = try Store { $0.vfs = disk.name }
        for id in 1...50 { try await store.add(id, String(repeating: "x", count: 2000)) }
        let log = FileSizes.of(store.options.path + "-wal")
        disk.forgetWriters()
        _ = try look(store.options.path, vfs: disk.name, copyTo: store.directory.file("copy.sqlite"))
        #expect(disk.writers == [])
        #expect(FileSizes.of(store.options.path + "-wal") == log)
        await store.database.close()

        // The last to close leaves the log of a killed server as it was, too.
        let killed = try Store { $0.vfs = disk.name }
        try await killed.add(1)
        let holder = try SQLiteConnection(killed.options, role: .reader)
        _ = try holder.first("SELECT count(*) FROM notes", []) { try $0.int(0) }
        await killed.database.close()
        holder.close()
        disk.forgetWriters()
        let before = FileSizes.of(killed.options.path + "-wal")
        _ = try look(killed.options.path, vfs: disk.name, copyTo: killed.directory.file("copy.sqlite"))
        #expect(disk.writers == [])
        #expect(FileSizes.of(killed.options.path + "-wal") == before)
    }

    @Test func copyIsOneMomentHoweverMuchIsWrittenMeanwhile() async throws {
        let store = try Store()
        for id in 1...2_000 { try await store.add(id, String(repeating: "x", count: 9_000)) }
        let target = store.directory.file("copy.sqlite")
        let inspection = try SQLiteInspection(store.options.path)
        try inspection.hold()
        var slices = 0
        for id in 2_001...2_050 { try await store.add(id, "after the moment") }
        try inspection.copy(to: target) { done, all in
            slices += 1
            #expect(done <= all)
        }
        inspection.close()
        #expect(slices > 1)
        // One file: no log beside it, and it can be opened where nothing may be written.
        #expect(access(target + "-wal", F_OK) != 0)
        let copy = try SQLiteInspection(target)
        #expect(try copy.query("PRAGMA journal_mode") { try $0.text(0) } == ["delete"])
        #expect(
            try copy.query("SELECT count(*), max(id) FROM notes") { [try $0.int(0), try $0.int(1)] } == [[2000, 2000]])
        #expect(try copy.damage() == [])
        #expect(try copy.schemaVersion(Store.schema) == 1)
        copy.close()
        // Nothing was made to hold the log up for good.
        try await store.database.checkpoint()
        #expect(store.database.statistics.walBytes == 0)
        await store.database.close()
    }

    @Test func copyNeverOverwrites() async throws {
        let store = try Store()
        let target = store.directory.file("copy.sqlite")
        fclose(fopen(target, "w"))
        let inspection = try SQLiteInspection(store.options.path)
        #expect(throws: SQLError.self) { try inspection.copy(to: target) }
        #expect(FileSizes.of(target) == 0)
        inspection.close()
        await store.database.close()
    }

    @Test(.enabled(if: Tmpfs.isAvailable)) func copyOntoAFullDiskSaysSo() async throws {
        let disk = try Tmpfs(kibibytes: 256)
        let store = try Store()
        for id in 1...200 { try await store.add(id, String(repeating: "x", count: 4000)) }
        let inspection = try SQLiteInspection(store.options.path)
        #expect(throws: SQLError.diskFull) { try inspection.copy(to: disk.path + "/copy.sqlite") }
        inspection.close()
        await store.database.close()
    }

    @Test func damageForeignAndNewerFilesAreToldApart() async throws {
        let store = try Store()
        for id in 1...300 { try await store.add(id, String(repeating: "x", count: 500)) }
        await store.database.close()
        let path = store.options.path
        #expect(throws: SQLError.newerThanBinary(file: 1, binary: 0)) {
            try SQLiteInspection(path).schemaVersion([])
        }
        #expect(throws: SQLError.self) { try SQLiteInspection(store.directory.file("missing.sqlite")) }

        // In the midst of a table's pages.
        let file = try #require(fopen(path, "r+"))
        fseek(file, 8 * 4096 + 3, SEEK_SET)
        let garbage = [UInt8](repeating: 0xEE, count: 600)
        fwrite(garbage, 1, garbage.count, file)
        fclose(file)
        let inspection = try SQLiteInspection(path)
        #expect((try? inspection.damage()) != [])
        #expect((try? inspection.damageByTable()) != [])
        inspection.close()

        let text = try #require(fopen(store.directory.file("text.sqlite"), "w"))
        fputs(String(repeating: "This is no database at all. ", count: 200), text)
        fclose(text)
        #expect {
            let inspection = try SQLiteInspection(store.directory.file("text.sqlite"))
            _ = try inspection.schemaVersion(Store.schema)
        } throws: { error in
            if case .corrupt? = error as? SQLError { true } else { false }
        }
    }
}
