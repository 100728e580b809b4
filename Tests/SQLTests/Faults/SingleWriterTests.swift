import CSQLite
import Support
import Synchronization
import Testing

@testable import SQL

/// Holds down what SQLiteWriter's comment says about the WAL-reset defect of SQLite before 3.51.3.
@Suite struct SingleWriterTests {
    @Test func oneThreadDoesAllWritesAndCheckpointsUnderMixedLoad() async throws {
        let disk = FaultDisk()
        let store = try Store {
            $0.vfs = disk.name
            $0.readers = 4
            $0.walAutocheckpointPages = 10
        }
        disk.forgetWriters()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...200 {
                group.addTask { try await store.add(id, String(repeating: "x", count: 3000)) }
                group.addTask { _ = try await store.ids() }
                if id % 50 == 0 { group.addTask { try await store.database.checkpoint() } }
            }
            try await group.waitForAll()
        }
        #expect(store.database.statistics.checkpoints > 10)
        await store.database.close()
        #expect(disk.writers.count == 1)
    }

    @Test func commitIsSyncedBeforeItsHookRuns() async throws {
        let disk = FaultDisk()
        let store = try Store { $0.vfs = disk.name }
        let log = store.options.path + "-wal"
        let unsynced = Tally()
        for id in 1...50 {
            try await store.database.write { transaction in
                try transaction.execute("INSERT INTO notes (id, text) VALUES ($1, 'a')", [SQLValue(id)])
                transaction.afterCommit { if !disk.isSynced(log) { unsynced.increment() } }
            }
        }
        #expect(unsynced.count == 0)
        await store.database.close()
    }

    @Test func readerCanNeitherCheckpointNorWriteNorMapTheFile() async throws {
        let store = try Store()
        try await store.add(1)
        let reader = try SQLiteConnection(store.options, role: .reader)
        #expect(sqlite3_wal_checkpoint_v2(reader.handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) != SQLITE_OK)
        #expect(throws: SQLError.self) { try reader.run("DELETE FROM notes") }
        #expect(sqlite3_db_readonly(reader.handle, "main") == 1)
        let switches = try ["mmap_size", "query_only", "wal_autocheckpoint", "foreign_keys", "trusted_schema"].map {
            try reader.first("PRAGMA \($0)", []) { try $0.int(0) }
        }
        #expect(switches == [0, 1, 0, 1, 0])
        await store.database.close()
        // The last to close here is a reader: it leaves the log alone.
        reader.close()
    }

    @Test func writerKeepsTheLogShortAndSyncsFully() async throws {
        let store = try Store { $0.walAutocheckpointPages = 50 }
        for id in 1...600 { try await store.add(id, String(repeating: "x", count: 2000)) }
        // A passive checkpoint starts the log anew as soon as no reader holds it.
        #expect(store.database.statistics.walBytes < 8 * 50 * 4200)
        let switches = try await store.database.write { transaction in
            try ["synchronous", "mmap_size", "wal_autocheckpoint", "foreign_keys"].map { pragma in
                try transaction.first("PRAGMA \(pragma)") { try $0.int(0) }
            }
        }
        #expect(switches == [2, 0, 0, 1])
        try await store.database.checkpoint()
        #expect(store.database.statistics.walBytes == 0)
        await store.database.close()
    }

    @Test func readerThatHoldsItsSnapshotDelaysTheCheckpointAndNotTheWrites() async throws {
        let store = try Store {
            $0.walAutocheckpointPages = 10
            $0.busyTimeoutMilliseconds = 30
        }
        try await store.add(1)
        let (begun, announce) = AsyncStream<Void>.makeStream()
        let gate = ThreadGate()
        async let count = store.database.read { connection in
            _ = try connection.first("SELECT count(*) FROM notes") { try $0.int(0) }
            announce.finish()
            gate.pass()
            return try connection.first("SELECT count(*) FROM notes") { try $0.int(0) }
        }
        for await _ in begun {}
        for id in 2...100 { try await store.add(id, String(repeating: "x", count: 2000)) }
        await #expect(throws: SQLError.busy) { try await store.database.checkpoint() }
        gate.open()
        #expect(try await count == 1)
        try await store.database.checkpoint()
        #expect(store.database.statistics.walBytes == 0)
        #expect(try await store.ids().count == 100)
        await store.database.close()
    }
}
