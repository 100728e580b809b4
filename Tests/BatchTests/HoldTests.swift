import Domain
import HTTP
import JSON
import SQL
import Support
import Synchronization
import Testing

@testable import Batch

/// Batches of a backup that was put back: nothing of them is asked before somebody says so.
@Suite(.timeLimit(.minutes(1))) struct HoldTests {
    private static func hold(_ harness: BatchHarness) async throws -> Int {
        try await BatchHold.holdUnfinished(in: harness.database, at: harness.clock.now)
    }

    private final class Asked: Sendable {
        let ids = Mutex<[String]>([])

        func count(of batch: String) -> Int { ids.withLock { $0.count { $0.hasPrefix(batch) } } }
        var count: Int { ids.withLock { $0.count } }
    }

    /// Two batches in progress of which one line is answered, as the end of a process leaves them; then they are held.
    private static func held(_ asked: Asked) async throws -> (BatchHarness, [String]) {
        let harness = try BatchHarness { line in
            asked.ids.withLock { $0.append(line.requestID) }
            return await BatchHarness.good(line)
        }
        let validation = BatchValidation(
            database: harness.database, clock: WallClock { harness.clock.now }, settings: harness.settings,
            room: harness.room,
            sources: BatchSources(call: BatchHarness.good, principal: BatchHarness.principal))
        var ids: [String] = []
        for _ in 0..<2 {
            let id = try await harness.begin(BatchHarness.lines(10))
            let batch = try await harness.database.read { try BatchStore.find(id, in: $0) }
            try await validation.run(try #require(batch))
            try await harness.database.write { transaction in
                let line = try LineStore.unanswered(of: id, model: nil, after: 0, count: 1, in: transaction)[0]
                let answer = AnswerLine(batch: id, line, status: 200, requestID: "r", body: Array("{}".utf8))
                #expect(try LineStore.answer(line.number, of: id, answer, in: transaction))
            }
            ids.append(id)
        }
        #expect(try await hold(harness) == 2)
        return (harness, ids)
    }

    @Test func whatIsHeldAsksNothingUntilItIsResumedAndThenOnlyWhatHasNoAnswer() async throws {
        let asked = Asked()
        let (harness, ids) = try await Self.held(asked)
        try await harness.running {
            // Another one goes its way beside them, from beginning to end.
            let other = try await harness.begin(BatchHarness.lines(3))
            await harness.batchEnded()
            #expect(try await harness.batch(other)["held_at"] == .null)
            #expect(asked.count(of: other) == 3 && asked.count == 3)
            let held = try await harness.batch(ids[0])
            #expect(held["status"] == "in_progress")
            #expect(held["held_at"]?.intValue == Int(harness.clock.now.milliseconds / 1_000))
            let reply = try await harness.send(.post, "/v1/batches/\(ids[0])/resume")
            #expect(reply.status == 200 && reply.json["held_at"] == .null)
            await harness.batchEnded()
            #expect(try await harness.batch(ids[0])["request_counts"]?["completed"] == 10)
            #expect(asked.count(of: ids[0]) == 9)
            #expect(asked.count(of: ids[1]) == 0)
            // There is nothing to resume now.
            #expect(try await harness.send(.post, "/v1/batches/\(ids[0])/resume").status == 409)
        }
    }

    @Test func whatIsHeldCanBeCancelledAndKeepsItsAnswers() async throws {
        let asked = Asked()
        let (harness, ids) = try await Self.held(asked)
        try await harness.running {
            let reply = try await harness.send(.post, "/v1/batches/\(ids[0])/cancel")
            #expect(reply.status == 200)
            await harness.batchEnded()
        }
        let batch = try await harness.batch(ids[0])
        #expect(batch["status"] == "cancelled")
        #expect(batch["request_counts"]?["completed"] == 1 && batch["request_counts"]?["failed"] == 9)
        #expect(asked.count == 0)
    }

    @Test func theWindowOfWhatIsHeldEndsAsEver() async throws {
        let asked = Asked()
        let (harness, ids) = try await Self.held(asked)
        harness.clock.advance(milliseconds: BatchRecord.windowMilliseconds)
        try await harness.running { await harness.batchEnded(2) }
        for id in ids { #expect(try await harness.batch(id)["status"] == "expired") }
        #expect(asked.count == 0)
        #expect(try await harness.send(.post, "/v1/batches/\(ids[0])/resume").status == 409)
    }

    @Test func allThatIsHeldGoesOnWhereTheOperatorSaysSo() async throws {
        let asked = Asked()
        let (harness, ids) = try await Self.held(asked)
        _ = try await harness.send(.post, "/v1/batches/\(ids[1])/cancel")
        #expect(try await BatchHold.resumeHeld(in: harness.database) == 1)
        #expect(try await BatchHold.resumeHeld(in: harness.database) == 0)
        try await harness.running { await harness.batchEnded(2) }
        let batch = try await harness.batch(ids[0])
        #expect(batch["status"] == "completed" && batch["held_at"] == .null)
        #expect(asked.count(of: ids[0]) == 9 && asked.count(of: ids[1]) == 0)
    }

    @Test func onlyWhoMadeItOrMayChangeWhatRunsResumesABatch() async throws {
        let harness = try BatchHarness()
        let file = try await harness.store(BatchHarness.file(BatchHarness.lines(1)), as: "caller")
        let id = try await harness.create(file, as: "caller").json["id"]?.stringValue ?? ""
        #expect(try await Self.hold(harness) == 1)
        for (key, status) in [("second", 404), ("other", 404), ("viewer", 403), ("caller", 200), ("admin", 409)] {
            #expect(try await harness.send(.post, "/v1/batches/\(id)/resume", as: key).status == status, "\(key)")
        }
    }

    @Test func holdingLeavesAloneWhatAsksNothingAnyMoreAndIsCounted() async throws {
        let harness = try BatchHarness()
        let file = try await harness.store(BatchHarness.file(BatchHarness.lines(1)))
        var ids: [String] = []
        for _ in 0..<300 { ids.append(try await harness.create(file).json["id"]?.stringValue ?? "") }
        _ = try await harness.send(.post, "/v1/batches/\(ids[0])/cancel")
        let finalizing = ids[1]
        try await harness.database.write { transaction in
            try BatchStore.finalize(finalizing, isExpired: true, at: harness.clock.now, in: transaction)
        }
        #expect(try await Self.hold(harness) == 298)
        #expect(try await Self.hold(harness) == 0)
        let watch = StorageWatch(database: harness.database)
        try await watch.look()
        #expect(watch.latest.held == 298 && watch.latest.unfinished == 300)
        try await harness.running { await harness.batchEnded(2) }
        #expect(try await harness.batch(ids[0])["status"] == "cancelled")
        #expect(try await harness.batch(finalizing)["status"] == "expired")
        #expect(try await harness.batch(ids[2])["status"] == "validating")
    }
}
