import Testing

@testable import SQL

/// Cancellation at arbitrary moments: before the queue, in it, in the midst of a statement, at the very end.
@Suite struct CancellationTests {
    /// Counts to `limit` in one statement.
    private static let counting =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT max(i) FROM n"

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3] as [UInt64])
    func readersServeOnAfterAStormOfCancellations(_ seed: UInt64) async throws {
        let store = try Store { $0.readers = 2 }
        var generator = SplitMix(state: seed)
        for _ in 0..<5000 {
            let limit = Int.random(in: 1...400, using: &generator)
            let yields = Int.random(in: 0...6, using: &generator)
            let answer = await withTaskGroup(of: Result<Int?, any Error>.self) { group in
                group.addTask {
                    do {
                        let count = try await store.database.read { connection in
                            _ = try connection.first(Self.counting, [SQLValue(limit)]) { try $0.int(0) }
                            return try connection.first(Self.counting, [SQLValue(limit)]) { try $0.int(0) }
                        }
                        return .success(count)
                    } catch {
                        return .failure(error)
                    }
                }
                for _ in 0..<yields { await Task.yield() }
                group.cancelAll()
                return await group.next()
            }
            switch answer {
            case .success(let count): #expect(count == limit)
            case .failure(let error): #expect(error is CancellationError)
            case nil: Issue.record("no answer")
            }
        }
        // Both readers, and nothing of an earlier snapshot.
        try await store.add(1)
        for _ in 0..<20 { #expect(try await store.ids() == [1]) }
        await store.database.close()
    }

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2] as [UInt64])
    func writeIsThereWhenItWasAcknowledgedAndAbsentWhenItWasCancelled(_ seed: UInt64) async throws {
        let store = try Store { $0.synchronous = .normal }
        var generator = SplitMix(state: seed)
        var acknowledged: [Int] = []
        for round in 0..<200 {
            let yields = Int.random(in: 0...12, using: &generator)
            await withTaskGroup(of: Int?.self) { group in
                for id in (round * 5)..<(round * 5 + 5) {
                    group.addTask {
                        do {
                            try await store.add(id)
                            return id
                        } catch {
                            #expect(error is CancellationError)
                            return nil
                        }
                    }
                }
                for _ in 0..<yields { await Task.yield() }
                group.cancelAll()
                for await id in group { if let id { acknowledged.append(id) } }
            }
        }
        #expect(try await store.ids() == acknowledged.sorted())
        await store.database.close()
    }

    @Test func requestStopsTheCallersStatementAndNeverTheDriversOwn() throws {
        let store = try Store()
        let connection = try SQLiteConnection(store.options, role: .reader)
        defer { connection.close() }
        let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n"
        // As the driver's BEGIN and ROLLBACK are: asked to stop in its midst, it runs to its end.
        let whole = try connection.query(numbers, []) { row in
            let number = try row.int(0)
            if number == 3 { connection.interruption.request() }
            return number
        }
        #expect(whole == Array(1...50))
        connection.interruption.clear()

        var seen = 0
        #expect(throws: SQLError.other(code: 9, message: "interrupted", sql: numbers)) {
            try connection.snapshot { reader in
                _ = try reader.query(numbers) { row in
                    seen = try row.int(0)
                    if seen == 3 { connection.interruption.request() }
                }
            }
        }
        #expect(seen == 3)
        #expect(!connection.inTransaction)
        // The request stands until the next job begins: nothing of this one runs any more.
        #expect(throws: CancellationError.self) { try connection.snapshot { _ in } }
        #expect(!connection.inTransaction)
        connection.interruption.clear()
        #expect(try connection.snapshot { try $0.query(numbers) { try $0.int(0) } } == Array(1...50))
    }

    /// Between the look at the flag and the first step of a statement SQLite itself would lose the interrupt.
    @Test func requestJustBeforeAStatementBeginsStopsIt() throws {
        let store = try Store()
        let connection = try SQLiteConnection(store.options, role: .reader)
        defer { connection.close() }
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        #expect(throws: SQLError.other(code: 9, message: "interrupted", sql: endless)) {
            try connection.interruption.during {
                connection.interruption.request()
                _ = try connection.first(endless, []) { try $0.int(0) }
            }
        }
    }
}
