import Support
import Testing

@testable import SQL

/// Fails every single operation of a scripted workload in turn, in three ways.
@Suite struct FaultTests {
    static let schema = [
        Migration(
            version: 1, name: "ledger",
            sql: """
                CREATE TABLE entries (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
                CREATE TABLE twins (id INTEGER PRIMARY KEY REFERENCES entries (id), size INTEGER NOT NULL) STRICT;
                CREATE INDEX entries_by_text ON entries (text);
                """)
    ]

    /// What the caller of a run knows.
    struct Ledger {
        var opened = false
        var acknowledged: [Int] = []
        var refused: [Int] = []
    }

    private static let last = 14

    private static func options(_ path: String, _ disk: FaultDisk?) -> SQLiteOptions {
        // A log of six pages: most writes are followed by a checkpoint.
        SQLiteOptions(path: path, readers: 1, walAutocheckpointPages: 6, vfs: disk?.name)
    }

    private static func add(_ id: Int, to database: SQLiteDatabase) async throws {
        let size = id % 4 == 0 ? 9000 : 40
        try await database.write { transaction in
            try transaction.execute(
                "INSERT INTO entries (id, text) VALUES ($1, $2)",
                [SQLValue(id), SQLValue("\(id)" + String(repeating: "x", count: size))])
            try transaction.execute(
                "INSERT INTO twins (id, size) VALUES ($1, $2)", [SQLValue(id), SQLValue(size)])
        }
    }

    /// The ids of whole entries; half of one is recorded as an issue.
    private static func entries(_ database: SQLiteDatabase) async throws -> [Int] {
        let (entries, twins) = try await database.read { connection in
            (
                try connection.query("SELECT id FROM entries ORDER BY id") { try $0.int(0) },
                try connection.query("SELECT id FROM twins ORDER BY id") { try $0.int(0) }
            )
        }
        #expect(entries == twins)
        return entries
    }

    /// Opens, writes, reads, checkpoints; leaves the database open for what the test does next.
    private static func run(_ path: String, on disk: FaultDisk) async -> (Ledger, SQLiteDatabase?) {
        var ledger = Ledger()
        guard let database = try? SQLiteDatabase(options(path, disk), migrations: schema) else { return (ledger, nil) }
        ledger.opened = true
        for id in 1...last {
            do {
                try await add(id, to: database)
                ledger.acknowledged.append(id)
                // A power cut after this moment must not undo it.
                if !disk.isSynced(path + "-wal") { Issue.record("\(id) was acknowledged before it was synced") }
            } catch {
                ledger.refused.append(id)
            }
            // While it runs, nothing that was refused is to be seen, and nothing acknowledged is missing.
            if let seen = try? await entries(database) { #expect(seen == ledger.acknowledged) }
            if id == 9 { try? await database.checkpoint() }
        }
        return (ledger, database)
    }

    /// A refused write may yet be found after a restart (its COMMIT failed at the sync), but whole, and an acknowledged
    /// one must be.
    private static func verify(_ path: String, _ ledger: Ledger, _ plan: FaultDisk.Plan) async throws {
        let database = try SQLiteDatabase(options(path, nil), migrations: schema)
        let found = Set(try await entries(database))
        #expect(found.isSuperset(of: ledger.acknowledged), "\(plan)")
        #expect(found.isSubset(of: ledger.acknowledged + ledger.refused), "\(plan)")
        #expect(try await database.integrityCheck() == [], "\(plan)")
        try await add(1000, to: database)
        await database.close()
    }

    private static func operationsOfTheWholeScript() async throws -> Int {
        let directory = try TemporaryDirectory("faults")
        let disk = FaultDisk()
        let (ledger, database) = await run(directory.file("store.sqlite"), on: disk)
        #expect(ledger.acknowledged == Array(1...last))
        await database?.close()
        return disk.operations
    }

    @Test(.timeLimit(.minutes(10))) func anyOneFailedOperationIsSurvivedWithoutReopening() async throws {
        let total = try await Self.operationsOfTheWholeScript()
        for number in 1...total {
            let directory = try TemporaryDirectory("faults")
            let path = directory.file("store.sqlite")
            let disk = FaultDisk()
            disk.follow(.once(number))
            var (ledger, database) = await Self.run(path, on: disk)
            #expect(ledger.refused.count <= 2, "\(number)")
            // The last numbers are those of closing.
            if let database, disk.failures > 0 {
                try await Self.add(500, to: database)
                ledger.acknowledged.append(500)
                #expect(try await Self.entries(database) == ledger.acknowledged, "\(number)")
                #expect(try await database.integrityCheck() == [], "\(number)")
            }
            await database?.close()
            try await Self.verify(path, ledger, .once(number))
        }
    }

    @Test(.timeLimit(.minutes(10))) func diskThatDiesAtAnyOperationAcknowledgesNothingMoreAndComesBack() async throws {
        let total = try await Self.operationsOfTheWholeScript()
        for number in 1...total {
            let directory = try TemporaryDirectory("faults")
            let path = directory.file("store.sqlite")
            let disk = FaultDisk()
            disk.follow(.from(number))
            var (ledger, database) = await Self.run(path, on: disk)
            disk.heal()
            if let database {
                try await Self.add(500, to: database)
                ledger.acknowledged.append(500)
                #expect(try await Self.entries(database) == ledger.acknowledged, "\(number)")
                #expect(try await database.integrityCheck() == [], "\(number)")
            }
            await database?.close()
            try await Self.verify(path, ledger, .from(number))
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [1, 2, 3] as [UInt64])
    func powerCutAtAnyOperationLosesNothingAcknowledged(_ seed: UInt64) async throws {
        var generator = SplitMix(state: seed)
        let total = try await Self.operationsOfTheWholeScript()
        for number in 1...total {
            let directory = try TemporaryDirectory("faults")
            let path = directory.file("store.sqlite")
            let disk = FaultDisk()
            disk.follow(.powerCut(number))
            let (ledger, database) = await Self.run(path, on: disk)
            await database?.close()
            disk.cutPower(&generator)
            try await Self.verify(path, ledger, .powerCut(number))
        }
    }
}
