import Domain
import HTTP
import JSON
import SQL
import Support
import Synchronization
import Testing

@testable import Batch

/// What concerns a provider, or the store, and no line: lines wait for it, and none is lost or paid for twice.
@Suite(.timeLimit(.minutes(2))) struct LaneHoldTests {
    private static let good = BatchLineAnswer(status: 200, body: Array(#"{"id":"a"}"#.utf8), verdict: .final)

    private static func refusal(
        _ status: Int, _ verdict: BatchLineAnswer.Verdict, code: String = "provider_misconfigured"
    ) -> BatchLineAnswer {
        let body = #"{"error":{"message":"its credential was refused","code":"\#(code)"}}"#
        return BatchLineAnswer(status: status, body: Array(body.utf8), verdict: verdict)
    }

    private static func holds(_ batch: JSONValue) -> [JSONValue] { batch["signalbox"]?["held"]?.arrayValue ?? [] }

    @Test func aProviderThatIsNotThereHoldsItsLinesAndIsSeenAndTheyGoOnWhenItIs() async throws {
        let isRepaired = Atomic<Bool>(false)
        let told = Mutex<[String]>([])
        let harness = try BatchHarness(
            call: { line in
                let isBad = (try? JSONValue(parsing: line.body))?["model"] == "bad"
                guard isBad, !isRepaired.load(ordering: .relaxed) else { return Self.good }
                return Self.refusal(502, .unserved(milliseconds: nil))
            },
            held: { _, model, hold in
                told.withLock { $0.append("\(model ?? "") \(hold?.reason ?? "goes on") \(hold?.code ?? "")") }
            })
        try await harness.running {
            let id = try await harness.begin(
                (0..<600).map { BatchHarness.line("\($0)", model: $0 % 2 == 0 ? "bad" : "bot") })
            var batch = try await harness.batch(id)
            while BatchHarness.counts(batch)[1] != 300 || Self.holds(batch).isEmpty {
                batch = try await harness.batch(id)
            }
            #expect(BatchHarness.counts(batch) == [600, 300, 0])
            let hold = Self.holds(batch)[0]
            #expect(hold["model"] == "bad" && hold["reason"] == "provider")
            #expect(hold["code"] == "provider_misconfigured" && hold["message"] == "its credential was refused")
            #expect(hold["since"]?.intValue == batch["created_at"]?.intValue)
            #expect(harness.runner.lanesHeld.first { $0.reason == "provider" }?.count == 1)
            #expect(told.withLock { $0 } == [])
            harness.clock.advance(milliseconds: harness.settings.heldNoticeMilliseconds)
            while told.withLock({ $0.isEmpty }) { await Task.yield() }
            isRepaired.store(true, ordering: .relaxed)
            await harness.batchEnded()
            batch = try await harness.batch(id)
            #expect(BatchHarness.counts(batch) == [600, 600, 0])
            #expect(Self.holds(batch).isEmpty)
            #expect(harness.runner.lanesHeld.allSatisfy { $0.count == 0 })
        }
        #expect(told.withLock { $0 } == ["bad provider provider_misconfigured", "bad goes on "])
    }

    @Test func whatIsHeldToTheEndOfTheWindowExpiresAndSaysWhy() async throws {
        let harness = try BatchHarness { _ in Self.refusal(503, .unserved(milliseconds: 1), code: "circuit_open") }
        try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(40))
            while Self.holds(try await harness.batch(id)).isEmpty { await Task.yield() }
            harness.clock.advance(milliseconds: BatchRecord.windowMilliseconds)
            harness.runner.ring()
            await harness.batchEnded()
            let batch = try await harness.batch(id)
            #expect(batch["status"] == "expired")
            #expect(BatchHarness.counts(batch) == [40, 0, 40])
            for line in try await harness.answers(id, isError: true) {
                #expect(line["error"]?["code"] == "batch_expired")
                #expect(line["error"]?["message"]?.stringValue?.contains("circuit_open") == true)
            }
        }
    }

    @Test func whatIsHeldGoesOnInTheNextProcess() async throws {
        let harness = try BatchHarness { _ in Self.refusal(502, .unserved(milliseconds: nil)) }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(40))
            while Self.holds(try await harness.batch(id)).isEmpty { await Task.yield() }
            return id
        }
        let (successor, ended) = harness.successor()
        try await harness.running(successor) { for await _ in ended { break } }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [40, 40, 0])
    }

    @Test func aLineThatIsAlwaysLimitedEndsWithWhatItsProviderSaid() async throws {
        let tries = Atomic<Int>(0)
        let harness = try BatchHarness { line in
            guard BatchHarness.name(line) == "of line-0" else { return Self.good }
            tries.add(1, ordering: .relaxed)
            return Self.refusal(429, .limited(milliseconds: 1), code: "rate_limit_exceeded")
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(100))
            await harness.batchEnded()
            return id
        }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [100, 99, 1])
        let errors = try await harness.answers(id, isError: true)
        #expect(errors[0]["custom_id"] == "line-0" && errors[0]["response"]?["status_code"] == 429)
        #expect(errors[0]["response"]?["body"]?["error"]?["code"] == "rate_limit_exceeded")
        #expect(tries.load(ordering: .relaxed) == harness.settings.refusalsMax)
    }

    @Test func aModelThatIsNotThereFailsTheBatchBeforeAnythingIsAsked() async throws {
        let harness = try BatchHarness(
            call: { _ in
                Issue.record("nothing is to be asked")
                return Self.good
            }, serves: { model, principal in principal.keyID == "admin" && model != "nobody" })
        let lines = BatchHarness.lines(3) + (3..<6).map { BatchHarness.line("line-\($0)", model: "nobody") }
        try await harness.running {
            let id = try await harness.begin(lines)
            await harness.batchEnded()
            let batch = try await harness.batch(id)
            #expect(batch["status"] == "failed")
            let errors = batch["errors"]?["data"]?.arrayValue ?? []
            #expect(errors.map { $0["code"] } == ["model_not_found"])
            #expect(errors.first?["line"] == 4 && errors.first?["param"] == "body.model")
        }
    }

    // MARK: The store

    @Test(arguments: [1, 2, 8]) func aReadThatFailsEndsNothingThatIsUnderWay(concurrency: Int) async throws {
        let asked = Mutex<[String: Int]>([:])
        let (reached, goOn) = (Doorbell(), Doorbell())
        let faults = Mutex<FaultyDatabase?>(nil)
        var settings = BatchHarness.quick
        settings.concurrency = concurrency
        let failures = Atomic<Int>(0)
        let harness = try BatchHarness(
            settings: settings,
            call: { line in
                let name = BatchHarness.name(line)
                asked.withLock { $0[name, default: 0] += 1 }
                if name == "of line-0" {
                    faults.withLock { $0 }?.fail(reads: true)
                    reached.ring()
                    await goOn.wait()
                }
                return Task.isCancelled ? Self.refusal(499, .cancelled) : Self.good
            },
            report: { _ in
                if failures.add(1, ordering: .relaxed).newValue == 3 { goOn.ring() }
            })
        faults.withLock { $0 = harness.faults }
        let id = try await harness.begin(BatchHarness.lines(600))
        try await harness.running {
            await reached.wait()
            // One of one line at a time is told nothing until that one has ended.
            if concurrency == 1 { goOn.ring() }
            while failures.load(ordering: .relaxed) < 3 { await Task.yield() }
            harness.faults.fail()
            await harness.batchEnded()
        }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [600, 600, 0])
        #expect(asked.withLock { $0.count } == 600)
        #expect(asked.withLock { Set($0.values) } == [1])
    }

    @Test func anAnswerThatCannotBeWrittenWhenTheBatchIsCancelledIsWrittenWhenItCan() async throws {
        let reached = Doorbell()
        let writes = Mutex<FaultyDatabase?>(nil)
        let isFailing = Atomic<Bool>(true)
        var settings = BatchHarness.quick
        settings.retryMilliseconds = 200
        let harness = try BatchHarness(
            settings: settings,
            call: { _ in
                writes.withLock { $0 }?.fail(writes: isFailing.load(ordering: .relaxed))
                return Self.good
            },
            report: { _ in reached.ring() })
        writes.withLock { $0 = harness.faults }
        try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(1))
            await reached.wait()
            // Over another connection of the same store, which is well.
            try await harness.database.write { transaction in
                _ = try BatchStore.move(
                    id, from: [.inProgress], to: .cancelling, at: harness.clock.now, in: transaction)
            }
            harness.runner.cancel(id)
            isFailing.store(false, ordering: .relaxed)
            harness.faults.fail()
            await harness.batchEnded()
            #expect(BatchHarness.counts(try await harness.batch(id)) == [1, 1, 0])
        }
    }

    // MARK: Slots

    /// None is answered that would show that it is they and not their provider, and their batches share one slot.
    @Test func linesThatAlwaysFailAndAreAllThereIsEndTheirBatchesWithWhatTheirProviderSaid() async throws {
        var settings = BatchHarness.quick
        settings.activeMax = 1
        settings.heldTurnMilliseconds = 0
        settings.failingMaxMilliseconds = 0
        let harness = try BatchHarness(settings: settings) { _ in
            Self.refusal(502, .failed, code: "upstream_error")
        }
        try await harness.running {
            let ids = [try await harness.begin(BatchHarness.lines(5)), try await harness.begin(BatchHarness.lines(5))]
            for id in ids {
                while try await harness.batch(id)["status"] != "completed" {
                    harness.runner.ring()
                    await Task.yield()
                }
                #expect(BatchHarness.counts(try await harness.batch(id)) == [5, 0, 5])
                for line in try await harness.answers(id, isError: true) {
                    #expect(line["response"]?["status_code"] == 502 && line["error"] == .null)
                    #expect(line["response"]?["body"]?["error"]?["code"] == "upstream_error")
                }
            }
        }
    }

    /// Its own project has all the slots that it may have, and none of them is given back.
    @Test func aBatchThatIsCancelledEndsWhileOthersHaveAllSlots() async throws {
        var settings = BatchHarness.quick
        settings.activeMax = 1
        settings.activePerProjectMax = 1
        let reached = Doorbell()
        let harness = try BatchHarness(settings: settings) { _ in
            reached.ring()
            try? await Task.sleep(for: .seconds(3_600))
            return Self.refusal(499, .cancelled)
        }
        try await harness.running {
            _ = try await harness.begin(BatchHarness.lines(1))
            await reached.wait()
            let id = try await harness.begin(BatchHarness.lines(3))
            #expect(try await harness.send(.post, "/v1/batches/\(id)/cancel").json["status"] == "cancelling")
            await harness.batchEnded()
            #expect(try await harness.batch(id)["status"] == "cancelled")
            #expect(harness.runner.batchesRunning == 1)
        }
    }

    @Test func aProjectWhoseBatchesFillTheTableMakesRoomForAnother() async throws {
        var settings = BatchHarness.quick
        settings.activeMax = 2
        settings.activePerProjectMax = 2
        settings.backoffMaxMilliseconds = 3_600_000
        let harness = try BatchHarness(
            settings: settings,
            call: { line in
                guard line.principal.project == "default" else { return Self.good }
                return Self.refusal(429, .later(milliseconds: 3_600_000), code: "budget_exceeded")
            })
        let mine = try await harness.store(BatchHarness.file(BatchHarness.lines(3)))
        let theirs = try await harness.store(BatchHarness.file(BatchHarness.lines(3)), project: "other")
        try await harness.running {
            for _ in 0..<5 { _ = try await harness.create(mine) }
            while harness.runner.batchesRunning < 2 || harness.runner.counters.repeated < 2 { await Task.yield() }
            let id = try await harness.create(theirs, as: "other").json["id"]?.stringValue ?? ""
            var batch: JSONValue = [:]
            while batch["status"] != "completed" {
                await harness.batchEnded()
                batch = try await harness.send(.get, "/v1/batches/\(id)", as: "other").json
            }
            #expect(BatchHarness.counts(batch) == [3, 3, 0])
        }
    }
}
