import Domain
import HTTP
import JSON
import SQL
import Support
import Testing

@testable import Telemetry

@Suite struct WriterTests {
    @Test func whatDoesNotFitIntoTheQueueIsCountedAndTheOldestAreKept() async throws {
        let harness = try await TelemetryHarness(capacity: 3)
        for _ in 0..<5 { harness.record() }
        #expect(harness.queue.counts == .init(recorded: 5, settled: 2, dropped: 2))
        #expect(harness.queue.depth == 3)
        try await harness.writer.flush()
        #expect(harness.queue.counts == .init(recorded: 5, settled: 5, dropped: 2))
        #expect(
            await harness.send(.get, "/outcomes").items.map { $0["id"] } == [
                "01KG9MFMM00000000000000003", "01KG9MFMM00000000000000002", "01KG9MFMM00000000000000001",
            ])
        let families = WriterMetrics(queue: harness.queue, writer: harness.writer).families()
        #expect(families.map(\.name).contains("signalbox_outcomes_dropped"))
        #expect(families.prefix(6).map { $0.samples[0].value } == [5, 3, 2, 0, 0, 0])
    }

    @Test func afterAFlushEverythingRecordedBeforeCanBeReadAndEachOutcomeOnce() async throws {
        let harness = try await TelemetryHarness(batch: 7)
        var recorded = [Outcome]()
        for _ in 0..<50 { recorded.append(harness.record()) }
        // Several at once: none may return before its outcomes are in the file, none may write one twice.
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await harness.writer.flush()
                    return try await harness.count("outcomes")
                }
            }
            for try await count in group { #expect(count == 50) }
        }
        try await harness.expectWindows(recorded)
        #expect(harness.queue.counts == .init(recorded: 50, settled: 50, dropped: 0))
    }

    @Test func theRunningWriterEndsWhenCancelledAndAFlushWritesTheRest() async throws {
        let harness = try await TelemetryHarness(batch: 4)
        var recorded = [Outcome]()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await harness.writer.run() }
            for _ in 0..<101 { recorded.append(harness.record()) }
            group.cancelAll()
            await group.waitForAll()
        }
        try await harness.writer.flush()
        #expect(try await harness.count("outcomes") == 101)
        #expect(harness.writer.failedBatches == 0)
        try await harness.expectWindows(recorded)
    }

    @Test func anIdleWriterEndsWhenCancelled() async throws {
        let harness = try await TelemetryHarness()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await harness.writer.run() }
            group.cancelAll()
        }
        #expect(harness.queue.counts == .init())
    }

    @Test(arguments: [FailingDatabase.Fault.beforeBody, .atCommit])
    func aBatchThatFailsIsWrittenLaterAndNothingIsDoubled(_ fault: FailingDatabase.Fault) async throws {
        let harness = try await TelemetryHarness()
        var recorded = [harness.record(), harness.record(at: 11_000)]
        try await harness.writer.flush()
        // These fall into windows that the writer has kept from the batch before.
        recorded += [harness.record(), harness.record(at: 12_000) { $0.status = .upstreamError }]
        harness.database.fail(fault)
        await #expect(throws: FailingDatabase.Refused.self) { try await harness.writer.flush() }
        #expect(harness.writer.failedBatches == 1)
        #expect(harness.queue.depth == 2)
        #expect(harness.queue.counts == .init(recorded: 4, settled: 2, dropped: 0))
        #expect(try await harness.count("outcomes") == 2)
        recorded.append(harness.record())
        try await harness.writer.flush()
        #expect(try await harness.count("outcomes") == 5)
        try await harness.expectWindows(recorded)
    }

    @Test func aCallThatFailsBeforeItsTurnDoesNotGiveBackTheBatchOfAnother() async throws {
        let harness = try await TelemetryHarness()
        let recorded = [harness.record(), harness.record()]
        let gate = ThreadGate()
        let (reached, signal) = AsyncStream.makeStream(of: Void.self)
        harness.database.fail(.hold(reached: signal, gate: gate), .beforeBody)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await harness.writer.flush() }
            for await _ in reached { break }
            // The first batch is inserted and not yet committed.
            await #expect(throws: FailingDatabase.Refused.self) { try await harness.writer.flush() }
            gate.open()
            try await group.waitForAll()
        }
        #expect(harness.queue.depth == 0)
        #expect(harness.queue.counts == .init(recorded: 2, settled: 2, dropped: 0))
        try await harness.writer.flush()
        try await harness.expectWindows(recorded)
    }

    @Test func theBatchAfterAFailedCommitCountsNoneOfItTwice() async throws {
        let harness = try await TelemetryHarness(batch: 2)
        let gate = ThreadGate()
        let (reached, signal) = AsyncStream.makeStream(of: Void.self)
        let recorded = (0..<6).map { _ in harness.record() }
        // The writer thread is held while two writes queue up behind it: the first fails at COMMIT, and the second runs
        // before anybody was told.
        harness.database.fail(.hold(reached: signal, gate: gate), .atCommit)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await harness.writer.flush() }
            for await _ in reached { break }
            for _ in 0..<4 { group.addTask { try? await harness.writer.flush() } }
            while harness.file.statistics.writeQueueDepth < 4 { await Task.yield() }
            gate.open()
            await group.waitForAll()
        }
        try await harness.writer.flush()
        #expect(try await harness.count("outcomes") == 6)
        try await harness.expectWindows(recorded)
        #expect(harness.queue.counts == .init(recorded: 6, settled: 6, dropped: 0))
    }

    @Test func aFullDiskKeepsTheOutcomesUntilThereIsSpace() async throws {
        let harness = try await TelemetryHarness(batch: 10) { $0.pageCountMax = 60 }
        try await harness.file.write { transaction in
            try transaction.execute("CREATE TABLE ballast (text TEXT NOT NULL) STRICT")
            try transaction.execute(
                "INSERT INTO ballast (text) VALUES ($1)", [.text(String(repeating: "x", count: 90_000))])
        }
        let long = String(repeating: "y", count: 500)
        let recorded = (0..<200).map { _ in harness.record { $0.error = long } }
        await #expect(throws: SQLError.diskFull) { try await harness.writer.flush() }
        let written = try await harness.count("outcomes")
        #expect(written < 200)
        #expect(harness.queue.depth == 200 - written)
        try await harness.expectWindows(Array(recorded.prefix(written)))
        // Reads go on, with what is in the file.
        #expect(await harness.send(.get, "/metrics/summary?deployment=bot").status == 200)
        #expect(await harness.send(.get, "/outcomes").status == 200)
        let refused = await harness.send(
            .post, "/feedback",
            ["outcome_id": "01KG9MFMM00000000000000001", "name": "ok", "value": 1, "source": "code"])
        #expect(refused.status == 507)
        try await harness.file.write { try $0.execute("DELETE FROM ballast") }
        // Twenty-two pages are free now: some of what waited is written, and what is written is counted right.
        _ = try? await harness.writer.flush()
        let later = try await harness.count("outcomes")
        #expect(later > written)
        #expect(harness.queue.depth == 200 - later)
        #expect(harness.queue.counts.dropped == 0)
        try await harness.expectWindows(Array(recorded.prefix(later)))
    }

    @Test func whatNoLongerFitsWhenABatchComesBackIsDroppedAndCounted() async throws {
        let harness = try await TelemetryHarness(capacity: 4)
        for _ in 0..<4 { harness.record() }
        let batch = try #require(harness.queue.take())
        for _ in 0..<3 { harness.record() }
        harness.queue.putBack(batch)
        #expect(harness.queue.counts == .init(recorded: 7, settled: 3, dropped: 3))
        try await harness.writer.flush()
        #expect(
            await harness.send(.get, "/outcomes").items.map { $0["id"] }
                == [
                    "01KG9MFMM00000000000000007", "01KG9MFMM00000000000000006", "01KG9MFMM00000000000000005",
                    "01KG9MFMM00000000000000001",
                ])
    }
}
