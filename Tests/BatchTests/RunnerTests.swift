import Domain
import HTTP
import JSON
import SQL
import Support
import Synchronization
import Testing

@testable import Batch

/// How batches run, end, and go on after the end of a process.
@Suite(.timeLimit(.minutes(2))) struct RunnerTests {
    private static func answer(
        _ status: Int, _ verdict: BatchLineAnswer.Verdict = .final, _ body: String = #"{"id":"a"}"#
    ) -> BatchLineAnswer {
        BatchLineAnswer(status: status, body: Array(body.utf8), verdict: verdict)
    }

    /// Why lines were not asked.
    private static func codes(_ lines: [JSONValue]) -> Set<String?> {
        Set(lines.map { $0["error"]?["code"]?.stringValue })
    }

    @Test func everyLineHasOneAnswerUnderItsOwnIdentityAndInTheOrderOfTheFile() async throws {
        let harness = try BatchHarness { line in
            let name = BatchHarness.name(line)
            guard name.hasSuffix("3") else { return Self.answer(200, .final, "{\n\"of\": \"\(name)\"\n}") }
            return Self.answer(400, .final, #"{"error":{"message":"no"}}"#)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(700))
            await harness.batchEnded()
            return id
        }
        let batch = try await harness.batch(id)
        #expect(batch["status"] == "completed")
        #expect(BatchHarness.counts(batch) == [700, 630, 70])
        let good = try await harness.answers(id, isError: false)
        let bad = try await harness.answers(id, isError: true)
        let wanted = (0..<700).map { "line-\($0)" }
        #expect(good.map { $0["custom_id"]?.stringValue } == wanted.filter { !$0.hasSuffix("3") })
        #expect(bad.map { $0["custom_id"]?.stringValue } == wanted.filter { $0.hasSuffix("3") })
        for answer in good {
            let name = answer["custom_id"]?.stringValue ?? ""
            #expect(answer["response"]?["body"]?["of"]?.stringValue == "of \(name)")
        }
        for (member, isError) in [("output_file_id", false), ("error_file_id", true)] {
            let file = try await harness.send(.get, "/v1/files/\(batch[member]?.stringValue ?? "")").json
            let bytes = try await harness.output(id, isError: isError)
            #expect(file["bytes"]?.intValue == bytes.count)
            #expect(file["purpose"] == "batch_output")
        }
    }

    /// The first process ends while lines are being asked, the second sees the rest through.
    @Test(arguments: [0, 1, 5, 23]) func aBatchThatWasInterruptedGoesOnWithoutALineLostOrDoubled(before: Int)
        async throws
    {
        let asked = Mutex<[String: Int]>([:])
        let reached = Doorbell()
        let harness = try BatchHarness { line in
            let count = asked.withLock { asked in
                asked[BatchHarness.name(line), default: 0] += 1
                return asked.count
            }
            guard count > before else { return Self.answer(200) }
            if count == before + 1 { reached.ring() }
            // Never answers: its process ends.
            try? await Task.sleep(for: .seconds(3_600))
            return Self.answer(499, .cancelled)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(40))
            await reached.wait()
            return id
        }
        let interrupted = try await harness.batch(id)
        #expect(interrupted["status"] == "in_progress")
        let done = try await harness.answers(id, isError: false)
        #expect(BatchHarness.counts(interrupted) == [40, done.count, 0])
        let again = Mutex<[String]>([])
        let (successor, ended) = harness.successor { line in
            again.withLock { $0.append(BatchHarness.name(line)) }
            return Self.answer(200)
        }
        try await harness.running(successor) { for await _ in ended { break } }
        let batch = try await harness.batch(id)
        #expect(batch["status"] == "completed")
        #expect(BatchHarness.counts(batch) == [40, 40, 0])
        let answers = try await harness.answers(id, isError: false)
        #expect(answers.map { $0["custom_id"]?.stringValue } == (0..<40).map { "line-\($0)" })
        // What had its answer was not asked again, and no line twice by the second process.
        let names = again.withLock { $0 }
        #expect(Set(names).count == names.count)
        #expect(names.count == 40 - done.count)
        #expect(Set(names).isDisjoint(with: done.map { "of \($0["custom_id"]?.stringValue ?? "")" }))
    }

    @Test func aValidationThatWasInterruptedBeginsAnew() async throws {
        let harness = try BatchHarness()
        let id = try await harness.begin(BatchHarness.lines(30))
        // What an earlier process had found, with a line that is none.
        try await harness.database.write { transaction in
            try LineStore.insert(
                [BatchLine(number: 1, customID: "x", model: "bot", start: 0, length: 1)], batch: id, in: transaction)
        }
        try await harness.running { await harness.batchEnded() }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [30, 30, 0])
        #expect(try await harness.answers(id, isError: false).first?["custom_id"] == "line-0")
    }

    @Test func cancellingEndsWhatIsBeingAskedAndKeepsWhatIsDone() async throws {
        let reached = Doorbell()
        let harness = try BatchHarness { line in
            guard BatchHarness.name(line) != "of line-0" else { return Self.answer(200) }
            reached.ring()
            try? await Task.sleep(for: .seconds(3_600))
            return Self.answer(499, .cancelled)
        }
        try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(100))
            await reached.wait()
            while BatchHarness.counts(try await harness.batch(id))[1] != 1 { await Task.yield() }
            let reply = try await harness.send(.post, "/v1/batches/\(id)/cancel")
            #expect(reply.json["status"] == "cancelling")
            await harness.batchEnded()
            let batch = try await harness.batch(id)
            #expect(batch["status"] == "cancelled")
            #expect(batch["cancelled_at"]?.intValue != nil)
            #expect(BatchHarness.counts(batch) == [100, 1, 99])
            let errors = try await harness.answers(id, isError: true)
            #expect(errors.count == 99)
            #expect(Self.codes(errors) == ["batch_cancelled"])
            #expect(try await harness.answers(id, isError: false).map { $0["custom_id"] } == ["line-0"])
            #expect(try await harness.send(.post, "/v1/batches/\(id)/cancel").status == 409)
        }
    }

    @Test func anAnswerThatComesAsTheBatchIsCancelledIsKept() async throws {
        let (reached, isCancelled) = (Doorbell(), Doorbell())
        let harness = try BatchHarness { line in
            reached.ring()
            await isCancelled.wait()
            return Self.answer(200)
        }
        try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(1))
            await reached.wait()
            _ = try await harness.send(.post, "/v1/batches/\(id)/cancel")
            isCancelled.ring()
            await harness.batchEnded()
            #expect(BatchHarness.counts(try await harness.batch(id)) == [1, 1, 0])
            #expect(try await harness.batch(id)["status"] == "cancelled")
        }
    }

    @Test func theWindowEndsByTheClockAndSaysWhichLinesWereNotAsked() async throws {
        let reached = Doorbell()
        let harness = try BatchHarness { line in
            guard BatchHarness.name(line) != "of line-0" else { return Self.answer(200) }
            reached.ring()
            try? await Task.sleep(for: .seconds(3_600))
            return Self.answer(499, .cancelled)
        }
        try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(20))
            await reached.wait()
            while BatchHarness.counts(try await harness.batch(id))[1] != 1 { await Task.yield() }
            harness.clock.advance(milliseconds: BatchRecord.windowMilliseconds - 1)
            harness.runner.ring()
            #expect(try await harness.batch(id)["status"] == "in_progress")
            harness.clock.advance(milliseconds: 1)
            harness.runner.ring()
            await harness.batchEnded()
            let batch = try await harness.batch(id)
            #expect(batch["status"] == "expired")
            #expect(batch["expired_at"]?.intValue == batch["expires_at"]?.intValue)
            #expect(BatchHarness.counts(batch) == [20, 1, 19])
            #expect(Self.codes(try await harness.answers(id, isError: true)) == ["batch_expired"])
        }
    }

    @Test func aBatchWhoseWindowEndedWhileNoProcessRanExpiresAtOnce() async throws {
        let harness = try BatchHarness { _ in
            Issue.record("nothing is to be asked")
            return Self.answer(200)
        }
        let id = try await harness.begin(BatchHarness.lines(5))
        harness.clock.advance(milliseconds: BatchRecord.windowMilliseconds)
        try await harness.running { await harness.batchEnded() }
        let batch = try await harness.batch(id)
        #expect(batch["status"] == "expired")
        #expect(BatchHarness.counts(batch) == [0, 0, 0])
        #expect(batch["output_file_id"] == .null && batch["error_file_id"] == .null)
    }

    @Test func whatALimitDoesNotLetThroughIsAskedAgainUntilItDoes() async throws {
        let tries = Mutex<[String: Int]>([:])
        let harness = try BatchHarness { line in
            let count = tries.withLock { tries in
                tries[BatchHarness.name(line), default: 0] += 1
                return tries[BatchHarness.name(line), default: 0]
            }
            if count < 9 { return Self.answer(429, .later(milliseconds: count % 2 == 0 ? 1 : nil)) }
            return Self.answer(200)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(12))
            await harness.batchEnded()
            return id
        }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [12, 12, 0])
        #expect(tries.withLock { Set($0.values) } == [9])
        #expect(harness.runner.counters.repeated == 96)
    }

    @Test func aLimitOfOneModelHoldsUpNoOther() async throws {
        let isOpen = Atomic<Bool>(false)
        let harness = try BatchHarness { line in
            let isLimited = (try? JSONValue(parsing: line.body))?["model"] == "slow"
            if isLimited, !isOpen.load(ordering: .relaxed) { return Self.answer(429, .later(milliseconds: 1)) }
            return Self.answer(200)
        }
        let lines = (0..<60).map { BatchHarness.line("\($0)", model: $0 < 30 ? "slow" : "quick") }
        try await harness.running {
            let id = try await harness.begin(lines)
            while BatchHarness.counts(try await harness.batch(id))[1] != 30 { await Task.yield() }
            isOpen.store(true, ordering: .relaxed)
            await harness.batchEnded()
            #expect(BatchHarness.counts(try await harness.batch(id)) == [60, 60, 0])
        }
    }

    @Test func aLineThatFailsWhileOthersAreAnsweredIsAskedSoOftenAndThenHasItsAnswer() async throws {
        let tries = Atomic<Int>(0)
        let harness = try BatchHarness { line in
            guard BatchHarness.name(line) == "of line-1" else { return Self.answer(200) }
            tries.add(1, ordering: .relaxed)
            return Self.answer(502, .failed, #"{"error":{"message":"down","code":"upstream_error"}}"#)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(3))
            await harness.batchEnded()
            return id
        }
        let batch = try await harness.batch(id)
        #expect(batch["status"] == "completed")
        #expect(BatchHarness.counts(batch) == [3, 2, 1])
        #expect(tries.load(ordering: .relaxed) == harness.settings.triesMax)
        #expect(try await harness.answers(id, isError: true)[0]["response"]?["status_code"] == 502)
    }

    @Test func noMoreLinesAreAskedAtOnceThanMayBeWhateverTheBatches() async throws {
        let running = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        var settings = BatchHarness.quick
        settings.concurrency = 3
        let harness = try BatchHarness(settings: settings) { _ in
            let now = running.add(1, ordering: .relaxed).newValue
            most.max(now, ordering: .relaxed)
            for _ in 0..<20 { await Task.yield() }
            running.subtract(1, ordering: .relaxed)
            return Self.answer(200)
        }
        try await harness.running {
            for _ in 0..<4 { _ = try await harness.begin(BatchHarness.lines(40)) }
            await harness.batchEnded(4)
        }
        #expect(most.load(ordering: .relaxed) == 3)
    }

    /// All of one project's batches wait for a limit of theirs.
    @Test func aProjectWhoseBatchesWaitHoldsUpNoOther() async throws {
        var settings = BatchHarness.quick
        settings.activeMax = 4
        settings.activePerProjectMax = 2
        settings.backoffMaxMilliseconds = 3_600_000
        let harness = try BatchHarness(
            settings: settings,
            call: { line in
                guard line.principal.project == "default" else { return Self.answer(200) }
                return Self.answer(429, .later(milliseconds: 3_600_000))
            })
        let mine = try await harness.store(BatchHarness.file(BatchHarness.lines(3)))
        let theirs = try await harness.store(BatchHarness.file(BatchHarness.lines(3)), project: "other")
        try await harness.running {
            for _ in 0..<5 { _ = try await harness.create(mine) }
            let id = try await harness.create(theirs, as: "other").json["id"]?.stringValue ?? ""
            await harness.batchEnded()
            #expect(
                BatchHarness.counts(try await harness.send(.get, "/v1/batches/\(id)", as: "other").json) == [3, 3, 0])
            #expect(harness.runner.batchesRunning == 2)
        }
    }

    @Test func noLineBeginsWhileCallersNeedAllThatThereIs() async throws {
        let isBusy = Atomic<Bool>(true)
        let harness = try BatchHarness(
            call: { _ in
                let isEarly = isBusy.load(ordering: .sequentiallyConsistent)
                #expect(!isEarly)
                return Self.answer(200)
            }, isBusy: { isBusy.load(ordering: .sequentiallyConsistent) })
        try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(5))
            while try await harness.batch(id)["status"] != "in_progress" { await Task.yield() }
            isBusy.store(false, ordering: .sequentiallyConsistent)
            await harness.batchEnded()
            #expect(BatchHarness.counts(try await harness.batch(id)) == [5, 5, 0])
        }
    }

    @Test func afterADrainNoLineBeginsAndThoseUnderWayEnd() async throws {
        let (reached, goOn) = (Doorbell(), Doorbell())
        var settings = BatchHarness.quick
        settings.concurrency = 1
        let harness = try BatchHarness(settings: settings) { _ in
            reached.ring()
            await goOn.wait()
            return Self.answer(200)
        }
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(5))
            await reached.wait()
            async let drained: Void = harness.runner.drain(within: .seconds(30))
            goOn.ring()
            await drained
            return id
        }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [5, 1, 0])
        #expect(try await harness.batch(id)["status"] == "in_progress")
    }

    @Test func linesOfAKeyThatMayNotBeUsedAnyMoreAreRefusedAndNotAsked() async throws {
        let isRevoked = Atomic<Bool>(false)
        var settings = BatchHarness.quick
        settings.concurrency = 1
        let harness = try BatchHarness(
            settings: settings,
            call: { line in
                if BatchHarness.name(line) == "of line-3" { isRevoked.store(true, ordering: .relaxed) }
                return Self.answer(200)
            }, principal: { isRevoked.load(ordering: .relaxed) ? nil : BatchHarness.principal($0) })
        let id = try await harness.running {
            let id = try await harness.begin(BatchHarness.lines(10))
            await harness.batchEnded()
            return id
        }
        #expect(BatchHarness.counts(try await harness.batch(id)) == [10, 4, 6])
        let errors = try await harness.answers(id, isError: true)
        #expect(Set(errors.map { $0["response"]?["body"]?["error"]?["code"]?.stringValue }) == ["invalid_api_key"])
    }

    @Test func whatIsWrongWithAFileIsToldLineByLineAndNothingIsAsked() async throws {
        let harness = try BatchHarness { _ in
            Issue.record("nothing is to be asked")
            return Self.answer(200)
        }
        var bytes = BatchHarness.file([BatchHarness.line("a")])
        bytes += Array("\r\n{\"custom_id\":\r\n".utf8)
        bytes += BatchHarness.file([
            BatchHarness.line("a"), BatchHarness.line("b", ["method": "GET"]),
            BatchHarness.line("c", ["body": ["stream": true]]),
        ])
        let file = try await harness.store(bytes)
        let batch = try await harness.running {
            let id = try await harness.create(file).json["id"]?.stringValue ?? ""
            await harness.batchEnded()
            return try await harness.batch(id)
        }
        #expect(batch["status"] == "failed")
        #expect(batch["failed_at"]?.intValue != nil)
        let errors = batch["errors"]?["data"]?.arrayValue ?? []
        #expect(
            errors.map { $0["code"]?.stringValue } == [
                "invalid_json_line", "duplicate_custom_id", "invalid_method", "unsupported_stream",
            ])
        #expect(errors.map { $0["line"]?.intValue } == [3, 4, 5, 6])
        #expect(errors[1]["message"]?.stringValue?.contains("line 1") == true)
        #expect(BatchHarness.counts(batch) == [0, 0, 0])
    }

    @Test(arguments: ["", "\n \r\n"]) func aFileWithoutRequestsFails(text: String) async throws {
        let harness = try BatchHarness()
        let file = try await harness.store(Array(text.utf8))
        let batch = try await harness.running {
            let id = try await harness.create(file).json["id"]?.stringValue ?? ""
            await harness.batchEnded()
            return try await harness.batch(id)
        }
        #expect(batch["errors"]?["data"]?[0]?["code"]?.stringValue == "empty_file")
    }

    @Test func aFileOfTooManyRequestsFailsAndOneOfNothingButFaultsIsNotReadToItsEnd() async throws {
        var settings = BatchHarness.quick
        settings.linesMax = 1_500
        let harness = try BatchHarness(settings: settings)
        try await harness.running {
            let many = try await harness.begin(BatchHarness.lines(1_501))
            await harness.batchEnded()
            let errors = try await harness.batch(many)["errors"]?["data"]?.arrayValue
            #expect(errors?.map { $0["code"] } == ["too_many_tasks"])
            let file = try await harness.store(Array(String(repeating: "x\n", count: 1_400).utf8))
            let bad = try await harness.create(file).json["id"]?.stringValue ?? ""
            await harness.batchEnded()
            let faults = try await harness.batch(bad)["errors"]?["data"]?.arrayValue
            #expect(faults?.count == BatchValidation.faultsMax)
            #expect(faults?.last?["line"]?.intValue == BatchValidation.faultsMax)
            let whole = try await harness.begin(BatchHarness.lines(1_500))
            await harness.batchEnded()
            #expect(BatchHarness.counts(try await harness.batch(whole)) == [1_500, 1_500, 0])
        }
    }

    @Test func linesThatLieAcrossThePiecesOfAFileAreReadWhole() async throws {
        let harness = try BatchHarness { line in
            guard let pad = (try? JSONValue(parsing: line.body))?["pad"]?.stringValue else { return Self.answer(400) }
            return Self.answer(200, .final, "{\"n\":\(pad.utf8.count)}")
        }
        let sizes = [1, 65_400, 65_536, 200_000, 3, 65_300, 131_072]
        let id = try await harness.running {
            let id = try await harness.begin(
                sizes.enumerated().map { index, size in
                    BatchHarness.line(
                        "\(index)", ["body": ["pad": .string(String(repeating: "p", count: size))]])
                })
            await harness.batchEnded()
            return id
        }
        let answers = try await harness.answers(id, isError: false)
        #expect(answers.map { $0["response"]?["body"]?["n"]?.intValue } == sizes)
    }

    @Test func aFileThatIsDeletedWhileItsBatchRunsIsReadToItsEndAndThenGone() async throws {
        let (reached, goOn) = (Doorbell(), Doorbell())
        let harness = try BatchHarness { _ in
            reached.ring()
            await goOn.wait()
            goOn.ring()
            return Self.answer(200)
        }
        let file = try await harness.store(BatchHarness.file(BatchHarness.lines(30)))
        try await harness.running {
            let id = try await harness.create(file).json["id"]?.stringValue ?? ""
            await reached.wait()
            #expect(try await harness.send(.delete, "/v1/files/\(file)").json["deleted"] == true)
            #expect(try await harness.send(.get, "/v1/files/\(file)").status == 404)
            goOn.ring()
            await harness.batchEnded()
            #expect(BatchHarness.counts(try await harness.batch(id)) == [30, 30, 0])
        }
        let wall = WallClock { harness.clock.now }
        try await BatchRetention(database: harness.database, clock: wall, settings: harness.settings).sweep()
        let left = try await harness.database.read { try $0.first("SELECT COUNT(*) FROM chunks") { try $0.int(0) } }
        #expect(left == 0)
    }
}
