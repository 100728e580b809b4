import Support
import Testing

@testable import SQL

@Suite struct QueueTests {
    @Test func thousandWritesFromManyTasksAllCountOnce() async throws {
        let store = try Store()
        try await store.add(1, "0")
        let returned = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<1000 {
                group.addTask {
                    try await store.database.write { transaction in
                        let now = try transaction.first("SELECT text FROM notes WHERE id = 1") { try $0.text(0) }
                        let next = (now.flatMap { Int($0) } ?? -1) + 1
                        try transaction.execute("UPDATE notes SET text = $1 WHERE id = 1", ["\(next)"])
                        return next
                    }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(returned == Set(1...1000))
        #expect(store.database.statistics.commits == 1001)
        #expect(try await store.database.integrityCheck() == [])
        await store.database.close()
    }

    @Test func waitingWriteThatIsCancelledNeverHappensAndTheRunningOneDoes() async throws {
        let store = try Store()
        let gate = ThreadGate()
        let (begun, announce) = AsyncStream<Void>.makeStream()
        await withTaskGroup(of: (Int, Bool).self) { group in
            group.addTask {
                let running = try? await store.database.write { transaction in
                    announce.finish()
                    gate.pass()
                    return try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'running')")
                }
                return (1, running == 1)
            }
            for await _ in begun {}
            for id in 2...5 {
                group.addTask {
                    do {
                        try await store.add(id)
                        return (id, true)
                    } catch is CancellationError {
                        return (id, false)
                    } catch {
                        Issue.record(error)
                        return (id, false)
                    }
                }
            }
            group.cancelAll()
            // The waiting four answer while the writer is still held.
            var answers: [Int: Bool] = [:]
            for _ in 2...5 {
                guard let (id, wrote) = await group.next() else { break }
                answers[id] = wrote
            }
            #expect(answers == [2: false, 3: false, 4: false, 5: false])
            gate.open()
            #expect(await group.next().map { $0.0 == 1 && $0.1 } == true)
        }
        #expect(try await store.ids() == [1])
    }

    @Test func cancelledReadStopsInTheMidstOfAnEndlessStatement() async throws {
        let store = try Store { $0.readers = 1 }
        let (begun, announce) = AsyncStream<Void>.makeStream()
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    _ = try await store.database.read { connection in
                        announce.finish()
                        return try connection.first(
                            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
                        ) { try $0.int(0) }
                    }
                    return false
                } catch {
                    return error is CancellationError
                }
            }
            for await _ in begun {}
            group.cancelAll()
            #expect(await group.next() == true)
        }
        // The one reader is free again, and not interrupted for the next.
        #expect(try await store.ids() == [])
    }

    @Test func queueBeyondItsBoundIsRefusedAtOnce() async throws {
        let store = try Store { $0.writeQueueMax = 3 }
        let gate = ThreadGate()
        let (begun, announce) = AsyncStream<Void>.makeStream()
        let refused = Tally()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await store.database.write { _ in
                    announce.finish()
                    gate.pass()
                }
            }
            for await _ in begun {}
            for id in 1...10 {
                group.addTask {
                    do {
                        try await store.add(id)
                    } catch SQLError.queueFull {
                        // Seven refusals are all there can be: three wait, and now they may go.
                        if refused.increment() == 7 { gate.open() }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        #expect(refused.count == 7)
        #expect(try await store.ids().count == 3)
    }

    @Test func closeFinishesWhatWasAcceptedAndRefusesTheRest() async throws {
        let store = try Store()
        let gate = ThreadGate()
        let (begun, announce) = AsyncStream<Void>.makeStream()
        async let first: Void = store.database.write { transaction in
            announce.finish()
            gate.pass()
            try transaction.execute("INSERT INTO notes (id, text) VALUES (1, 'a')")
        }
        for await _ in begun {}
        async let closed: Void = store.database.close()
        gate.open()
        try await first
        await closed
        await store.database.close()
        await #expect(throws: SQLError.closed) { try await store.add(2) }
        await #expect(throws: SQLError.closed) { try await store.ids() }

        let again = try SQLiteDatabase(store.options, migrations: Store.schema)
        let ids = try await again.read { try $0.query("SELECT id FROM notes") { try $0.int(0) } }
        #expect(ids == [1])
        await again.close()
    }

    @Test func lockOfAnotherProcessIsBusyAndPasses() async throws {
        let store = try Store { $0.busyTimeoutMilliseconds = 20 }
        // Stands for another program with the file open, such as sqlite3(1).
        let other = try SQLiteConnection(store.options, role: .writer)
        try other.run("BEGIN IMMEDIATE")
        await #expect(throws: SQLError.busy) { try await store.add(1) }
        #expect(try await store.ids() == [])
        try other.run("ROLLBACK")
        other.close()
        try await store.add(1)
        #expect(try await store.ids() == [1])
    }
}
