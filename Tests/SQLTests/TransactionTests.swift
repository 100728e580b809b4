import SQL
import Support
import Synchronization
import Testing

@Suite struct TransactionTests {
    struct Refusal: Error, Equatable {}

    @Test func everyReaderSeesAnAcknowledgedWrite() async throws {
        let store = try Store { $0.readers = 4 }
        for id in 1...300 {
            try await store.add(id)
            let seen = try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await store.database.read { try $0.first("SELECT max(id) FROM notes") { try $0.int(0) } }
                    }
                }
                return try await group.reduce(into: Set<Int?>()) { $0.insert($1) }
            }
            #expect(seen == [id])
        }
        await store.database.close()
    }

    @Test func bodyThatThrowsLeavesNothingBehind() async throws {
        let store = try Store()
        await #expect(throws: Refusal()) {
            try await store.database.write { transaction in
                try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
                throw Refusal()
            }
        }
        #expect(try await store.ids() == [])
        #expect(store.database.statistics.commits == 0)
        #expect(store.database.statistics.rollbacks == 1)
        try await store.add(1)
        #expect(try await store.ids() == [1])
    }

    @Test func hooksRunInOrderAfterCommitAndBeforeTheCallerGoesOn() async throws {
        let store = try Store()
        let log = Mutex<[String]>([])
        for round in 0..<50 {
            log.withLock { $0 = [] }
            try await store.database.write { transaction in
                transaction.afterCommit { log.withLock { $0.append("first") } }
                try transaction.execute("INSERT INTO notes (id, text) VALUES ($1, 'a')", [SQLValue(round)])
                transaction.afterCommit { log.withLock { $0.append("second") } }
                log.withLock { $0.append("body") }
            }
            log.withLock { $0.append("caller") }
            #expect(log.withLock { $0 } == ["body", "first", "second", "caller"])
        }
    }

    @Test func hookSeesTheCommittedStateAndIsForgottenOnRollback() async throws {
        let store = try Store()
        let ran = Mutex(0)
        let database = store.database
        try await database.write { transaction in
            try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
            transaction.afterCommit {
                ran.withLock { $0 += Int(database.statistics.commits) }
            }
        }
        #expect(ran.withLock { $0 } == 1)
        await #expect(throws: Refusal()) {
            try await database.write { transaction in
                transaction.afterCommit { ran.withLock { $0 += 100 } }
                throw Refusal()
            }
        }
        try await store.add(2)
        #expect(ran.withLock { $0 } == 1)
    }

    @Test func failingCommitIsReportedAndRolledBack() async throws {
        let store = try Store(
            Store.schema + [
                Migration(
                    version: 2, name: "replies",
                    sql: """
                        CREATE TABLE replies (
                            id INTEGER PRIMARY KEY,
                            note INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED) STRICT;
                        """)
            ])
        let ran = Mutex(false)
        await #expect(throws: SQLError.constraint(kind: .foreignKey, detail: "")) {
            try await store.database.write { transaction in
                try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
                try transaction.execute("INSERT INTO replies (id, note) VALUES (1, 77)")
                transaction.afterCommit { ran.withLock { $0 = true } }
            }
        }
        #expect(try await store.ids() == [])
        #expect(!ran.withLock { $0 })
        try await store.add(1)
        #expect(try await store.ids() == [1])
    }

    @Test func fullFileDoomsTheTransactionEvenWhenTheBodySwallowsTheError() async throws {
        let store = try Store { $0.pageCountMax = 12 }
        await #expect(throws: SQLError.diskFull) {
            try await store.database.write { transaction in
                try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'small')")
                let large = SQLValue(String(repeating: "x", count: 200_000))
                _ = try? transaction.execute("INSERT INTO notes (id, text) VALUES (2, $1)", [large])
                // Without a transaction to be in, this would commit by itself.
                _ = try? transaction.execute("INSERT INTO notes (id, text) VALUES (3, 'after')")
            }
        }
        #expect(try await store.ids() == [])
    }

    @Test(arguments: [
        "COMMIT", "ROLLBACK", "BEGIN", "ATTACH ':memory:' AS other", "PRAGMA foreign_keys = OFF",
        "PRAGMA journal_mode = WAL",
    ])
    func bodyMayNotEndItsTransactionOrTurnSwitches(_ sql: String) async throws {
        let store = try Store()
        // The driver has run its own COMMIT and ROLLBACK by the second round, and has them prepared.
        for _ in 0..<2 {
            let error = await #expect(throws: SQLError.self) {
                try await store.database.write { transaction in
                    try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
                    try transaction.execute(sql)
                }
            }
            guard case .other(_, let message, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(message == "not authorized")
            #expect(try await store.ids() == [])
            try await store.database.write { try $0.execute("DELETE FROM notes") }
        }
    }

    @Test func connectionKeptAfterItsClosureIsDead() async throws {
        final class Escaped: @unchecked Sendable {  // Used by the test alone, after the write has returned.
            var transaction: (any Transaction)?
        }
        let store = try Store()
        let escaped = Escaped()
        try await store.database.write { escaped.transaction = $0 }
        #expect(throws: SQLError.closed) {
            try escaped.transaction?.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
        }
    }

    @Test func oneReadSeesOneSnapshotWhateverIsWrittenMeanwhile() async throws {
        let store = try Store()
        try await store.add(1)
        let (begun, announce) = AsyncStream<Void>.makeStream()
        let gate = ThreadGate()
        async let counts = store.database.read { connection in
            let before = try connection.first("SELECT count(*) FROM notes") { try $0.int(0) }
            announce.finish()
            gate.pass()
            return [before, try connection.first("SELECT count(*) FROM notes") { try $0.int(0) }]
        }
        for await _ in begun {}
        try await store.add(2)
        gate.open()
        #expect(try await counts == [1, 1])
        #expect(try await store.ids() == [1, 2])
    }

    @Test func readerCannotWrite() async throws {
        let store = try Store()
        await #expect(throws: SQLError.self) {
            try await store.database.read {
                try $0.query("INSERT INTO notes (id, text) VALUES (1, 'a') RETURNING id") { try $0.int(0) }
            }
        }
        #expect(try await store.ids() == [])
    }
}
