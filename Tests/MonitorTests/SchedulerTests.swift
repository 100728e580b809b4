import Domain
import HTTP
import JSON
import SQL
import Support
import Synchronization
import Telemetry
import Testing

@testable import Monitor

@Suite(.timeLimit(.minutes(1))) struct SchedulerTests {
    private func run(_ harness: MonitorHarness, _ number: Int = 0) async -> JSONValue {
        let runs = await harness.send(.get, "/probes/golden/runs").items
        return runs.indices.contains(number) ? runs[number] : .null
    }

    @Test func aRunGoesThroughEveryVariantAndItsWeightDoesNotMatter() async throws {
        let log = CallLog()
        let harness = try await MonitorHarness { await log.answer($0) }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        try await harness.running {
            let queued = await harness.send(.post, "/probes/golden/runs")
            #expect(queued.status == 202)
            await harness.runsEnded()
            let done = await harness.plane.send(.get, queued.location ?? "").json
            #expect(done["state"] == "done")
            #expect(done["revision"] == 3)
            #expect(done["started_at"]?.stringValue != nil && done["finished_at"]?.stringValue != nil)
            let results = done["results"]?.arrayValue ?? []
            #expect(results.map { $0["variant"] } == ["candidate", "control"])
            #expect(results.map { $0["n"] } == [12, 12])
            #expect(results.map { $0["passed"] } == [0, 12])
            #expect(results[1]["accuracy"]?["value"] == 1)
            #expect((results[1]["accuracy"]?["low"]?.doubleValue ?? 0) > 0.7)
            #expect(results[0]["accuracy"]?["low"] == 0)
        }
        #expect(Set(log.all).count == 24)
        #expect(log.all.count == 24)
    }

    @Test func theBoundOnCallsHoldsOverAllRuns() async throws {
        let log = CallLog()
        var settings = ProbeScheduler.Settings()
        settings.concurrency = 3
        let harness = try await MonitorHarness(settings: settings) { await log.answer($0) }
        for name in ["a", "b", "c", "d", "e", "f"] {
            _ = await harness.send(.post, "/probes", MonitorHarness.probe(["name": .string(name)]))
            _ = await harness.send(.post, "/probes/\(name)/runs")
        }
        try await harness.running { await harness.runsEnded(6) }
        #expect(log.all.count == 6 * 24)
        #expect(log.most > 0 && log.most <= 3)
    }

    @Test func aProbeRunsByItsIntervalOnItsOwnBeat() async throws {
        let log = CallLog()
        let harness = try await MonitorHarness { await log.answer($0) }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe(["interval_s": 60, "sample": 2]))
        try await harness.running {
            harness.advance(seconds: 59)
            #expect(await harness.send(.get, "/probes/golden/runs").items.isEmpty)
            harness.advance(seconds: 1)
            await harness.runsEnded()
            #expect(log.all.count == 4)
            // 250 seconds late is one run, and the beat is kept.
            harness.advance(seconds: 250)
            await harness.runsEnded()
            #expect(await harness.send(.get, "/probes/golden/runs").items.count == 2)
            harness.advance(seconds: 50)
            await harness.runsEnded()
        }
        #expect(await harness.send(.get, "/probes/golden/runs").items.count == 3)
        let due = try await harness.plane.control.read { try ProbeStore.nextDue(in: $0) }
        #expect(due == harness.plane.clock.now.advanced(byMilliseconds: 60_000))
    }

    @Test func anInterruptedRunIsResumedWithoutRepeatingWhatWasScored() async throws {
        let first = CallLog()
        let (reached, signal) = AsyncStream.makeStream(of: Void.self)
        var settings = ProbeScheduler.Settings()
        settings.concurrency = 1
        settings.batchCountMax = 1
        let harness = try await MonitorHarness(settings: settings) { request in
            let call = first.note(request)
            guard call.number >= 5 else { return CallLog.answer(call, text: "5") }
            // The process ends during this call, which is then broken off.
            signal.yield()
            try? await Task.sleep(for: .seconds(3_600))
            return CallLog.answer(call, text: nil, status: .clientClosed)
        }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        _ = await harness.send(.post, "/probes/golden/runs")
        try await harness.running { for await _ in reached { break } }
        #expect(await run(harness)["state"] == "running")
        #expect(first.all.count == 11)
        // Meanwhile another revision is live, and the dataset's scorer of the probe is another.
        harness.routing.replace(with: RoutingTable([MonitorHarness.deployment(revision: 4)]))
        _ = await harness.send(.patch, "/probes/golden", ["scorer": ["kind": "contains"]])
        let second = CallLog()
        let (ended, told) = AsyncStream.makeStream(of: String.self)
        let successor = harness.successor(
            pinned: { _, _, _, revision in MonitorHarness.deployment(revision: revision) },
            ended: { told.yield($0) }, call: { await second.answer($0) })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await successor.run() }
            for await _ in ended { break }
            group.cancelAll()
        }
        #expect(second.all.count == 24 - 10)
        #expect(second.all.allSatisfy { $0.revision == 3 })
        #expect(Set(second.all).isDisjoint(with: first.all.prefix(10)))
        let done = await run(harness)
        #expect(done["state"] == "done")
        #expect(done["results"]?.arrayValue?.map { $0["n"] } == [12, 12])
    }

    @Test func anInterruptedRunWhoseRevisionIsGoneSaysSo() async throws {
        let harness = try await MonitorHarness { CallLog.answer(CallLog().note($0), text: nil) }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        _ = await harness.send(.post, "/probes/golden/runs")
        try await harness.plane.control.write { transaction in
            try transaction.execute("UPDATE probe_runs SET state = 'running', revision = 2")
        }
        try await harness.running { await harness.runsEnded() }
        let failed = await run(harness)
        #expect(failed["state"] == "failed")
        #expect(failed["error"]?.stringValue?.contains("revision 2") == true)
    }

    @Test func aRunThatCannotBeDoneFailsWithItsReason() async throws {
        let log = CallLog()
        let harness = try await MonitorHarness { await log.answer($0) }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        _ = await harness.send(.post, "/probes", MonitorHarness.probe(["name": "hollow", "dataset": "empty"]))
        harness.datasets.remove("golden-set")
        try await harness.running {
            _ = await harness.send(.post, "/probes/golden/runs")
            await harness.runsEnded()
            #expect(await run(harness)["error"] == "the dataset golden-set does not exist")
            #expect(await run(harness)["state"] == "failed")
            _ = await harness.send(.post, "/probes/hollow/runs")
            await harness.runsEnded()
            let hollow = await harness.send(.get, "/probes/hollow/runs").items.first
            #expect(hollow?["error"] == "the dataset empty has no examples")
            harness.datasets.breakReads()
            _ = await harness.send(.post, "/probes/golden/runs")
            await harness.runsEnded()
            #expect(await run(harness)["error"]?.stringValue?.hasPrefix("the dataset golden-set could not") == true)
            harness.routing.replace(with: .empty)
            _ = await harness.send(.post, "/probes/golden/runs")
            await harness.runsEnded()
            #expect(await run(harness)["error"]?.stringValue?.contains("does not exist") == true)
        }
        #expect(log.all.isEmpty)
    }

    @Test func callsThatFailAreErrorsAndNotWrongAnswers() async throws {
        let log = CallLog()
        let harness = try await MonitorHarness { request in
            let call = log.note(request)
            guard call.variant == "control" else {
                return CallLog.answer(call, text: nil, status: .upstreamTimeout, error: "first_byte_timeout")
            }
            return CallLog.answer(call, text: String(call.number))
        }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe())
        _ = await harness.send(.post, "/probes/golden/runs")
        try await harness.running { await harness.runsEnded() }
        let candidate = await run(harness)["results"]?[0]
        #expect(candidate?["n"] == 0)
        #expect(candidate?["errors"] == 12)
        #expect(candidate?["accuracy"]?["value"] == .null)
        let reasons = try await harness.telemetry.read { connection in
            try connection.query("SELECT DISTINCT reason FROM probe_scores WHERE passed IS NULL") { try $0.text(0) }
        }
        #expect(reasons == ["first_byte_timeout"])
    }

    @Test func deletingAProbeCancelsItsRuns() async throws {
        let log = CallLog()
        let (reached, signal) = AsyncStream.makeStream(of: Void.self)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        var settings = ProbeScheduler.Settings()
        settings.concurrency = 1
        let harness = try await MonitorHarness(settings: settings) { request in
            let call = log.note(request)
            signal.yield()
            for await _ in gate { break }
            return CallLog.answer(call, text: "0")
        }
        _ = await harness.send(.post, "/probes", MonitorHarness.probe(["interval_s": 60]))
        let queued = await harness.send(.post, "/probes/golden/runs")
        try await harness.running {
            for await _ in reached { break }
            #expect(await harness.send(.delete, "/probes/golden").status == 204)
            opener.finish()
            await harness.runsEnded()
            harness.advance(seconds: 600)
        }
        #expect(log.all.count == 1)
        #expect(await harness.plane.send(.get, queued.location ?? "").status == 404)
        let states = try await harness.plane.control.read { connection in
            try connection.query("SELECT state FROM probe_runs") { try $0.text(0) }
        }
        #expect(states == ["cancelled"])
        let scores = try await harness.telemetry.read { try $0.exists("SELECT 1 FROM probe_scores") }
        #expect(!scores)
    }

    @Test func aSampleIsTheSameForTheSameRunAndAnotherForTheNext() {
        let examples = DatasetShelf.examples(200)
        let sample = RunPlan.sample(examples, count: 20, run: "run-1")
        #expect(sample.count == 20)
        #expect(sample == RunPlan.sample(examples, count: 20, run: "run-1"))
        #expect(sample != RunPlan.sample(examples, count: 20, run: "run-2"))
        // An example that comes late displaces at most one.
        let grown = RunPlan.sample(DatasetShelf.examples(201), count: 20, run: "run-1")
        #expect(Set(grown).subtracting(sample).count <= 1)
        #expect(RunPlan.sample(examples, count: 500, run: "r") == examples)
        #expect(RunPlan.sample(examples, count: nil, run: "r") == examples)
    }
}
