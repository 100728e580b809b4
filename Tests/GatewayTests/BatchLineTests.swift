import Domain
import JSON
import Testing

@testable import Gateway

/// What batches ask takes the way of callers' requests, and what came of it is told in their words.
@Suite(.timeLimit(.minutes(1))) struct BatchLineTests {
    private static let caller = Principal(keyID: "k1", name: "tests", project: "default", role: .caller)

    private static func line(
        _ body: String = Rig.question, path: String = "/v1/chat/completions", principal: Principal = caller
    ) -> BatchLineRequest {
        BatchLineRequest(path: path, body: Array(body.utf8), requestID: "batch_1-7", principal: principal)
    }

    @Test func aLineIsAnsweredAndRecordedApart() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Rig([upstream.baseURL])
        let answer = await rig.gateway.answer(Self.line())
        #expect(answer.status == 200 && answer.verdict == .final)
        #expect(String(decoding: answer.body, as: UTF8.self) == ScriptedUpstream.completion)
        let outcome = await rig.outcomes.one()
        #expect(outcome.origin == .batch && outcome.status == .ok)
        #expect(outcome.requestID == "batch_1-7" && outcome.keyID == "k1")
        #expect(upstream.requests[0]["authorization"] == "Bearer sk-canary-v0")
    }

    @Test func aLineFallsBackAsACallersRequestDoes() async throws {
        let bad = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: 500))
        let good = try ScriptedUpstream(FallbackTests.good)
        let rig = try await Rig([bad.baseURL, good.baseURL])
        #expect(await rig.gateway.answer(Self.line()).status == 200)
        #expect(await rig.outcomes.one().servedBy == "v1")
    }

    private static let endings: [(status: Int, fields: String, verdict: BatchLineAnswer.Verdict)] = [
        (429, "Retry-After: 7\r\n", .limited(milliseconds: 7_000)), (429, "", .limited(milliseconds: nil)),
        (401, "", .unserved(milliseconds: nil)), (402, "", .unserved(milliseconds: nil)),
        (403, "", .unserved(milliseconds: nil)), (302, "", .unserved(milliseconds: nil)),
        (503, "", .unserved(milliseconds: nil)), (529, "", .unserved(milliseconds: nil)),
        (500, "", .failed), (502, "", .failed), (404, "", .failed), (405, "", .failed),
        (400, "", .final), (413, "", .final), (422, "", .final),
    ]

    @Test(arguments: endings)
    func whatAProviderSaysDecidesWhetherALineIsAskedAgain(
        status: Int, fields: String, verdict: BatchLineAnswer.Verdict
    ) async throws {
        let body = #"{"error":{"message":"no","type":"x","param":null,"code":null}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body, status: status, fields: fields))
        let rig = try await Rig([upstream.baseURL])
        #expect(await rig.gateway.answer(Self.line()).verdict == verdict)
    }

    private static let words: [(status: Int, code: String, verdict: BatchLineAnswer.Verdict)] = [
        (404, "model_not_found", .unserved(milliseconds: nil)),
        (429, "insufficient_quota", .unserved(milliseconds: nil)),
        (429, "rate_limit_exceeded", .limited(milliseconds: nil)), (404, "previous_response_not_found", .failed),
    ]

    @Test(arguments: words) func theProvidersOwnWordsSayWhetherItIsTheRequest(
        status: Int, code: String, verdict: BatchLineAnswer.Verdict
    ) async throws {
        let body = #"{"error":{"message":"no","type":"x","param":null,"code":"\#(code)"}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body, status: status))
        let rig = try await Rig([upstream.baseURL])
        #expect(await rig.gateway.answer(Self.line()).verdict == verdict)
    }

    @Test func aProviderThatIsNotThereOrIsLeftAloneIsNoLinesDoing() async throws {
        var settings = GatewaySettings()
        settings.resilience.breakerConsecutiveFailures = 2
        let rig = try await Rig(["http://127.0.0.1:1"], settings: settings)
        for _ in 0..<2 {
            let answer = await rig.gateway.answer(Self.line())
            #expect(answer.status == 502 && answer.verdict == .unserved(milliseconds: nil))
        }
        let answer = await rig.gateway.answer(Self.line())
        guard case .unserved(let milliseconds?) = answer.verdict else {
            Issue.record("a breaker that is open says when: \(answer)")
            return
        }
        #expect(answer.status == 503 && milliseconds > 0)
    }

    @Test func aConnectionThatBreaksMayBeTheLinesDoing() async throws {
        let upstream = try ScriptedUpstream([.reset])
        let rig = try await Rig([upstream.baseURL])
        #expect(await rig.gateway.answer(Self.line()).verdict == .failed)
    }

    @Test func whetherADeploymentIsThereIsKnownBeforeItIsAsked() async throws {
        let rig = try await Rig(["http://127.0.0.1:1"])
        let name = (try? JSONValue(parsing: Array(Rig.question.utf8)))?["model"]?.stringValue ?? ""
        #expect(try await rig.gateway.serves(name, for: Self.caller))
        #expect(try await !rig.gateway.serves("nobody", for: Self.caller))
        #expect(try await !rig.gateway.serves("\(name)@999", for: Self.caller))
    }

    @Test func aLimitOfTheKeySaysWhenAndOneThatNeverLetsItThroughIsTheEnd() async throws {
        let upstream = try ScriptedUpstream { _, _ in ScriptedUpstream.plain(ScriptedUpstream.completion) }
        let rig = try await Rig([upstream.baseURL])
        let book = MeterBook(clock: WallClock { Timestamp(milliseconds: 1_760_000_000_000) })
        func line(_ id: String, requests: Int64? = nil, tokens: Int64? = nil) -> BatchLineRequest {
            var limits = RateLimits()
            limits.requestsPerMinute = requests
            limits.tokensPerMinute = tokens
            let meters = [book.meter(.key, id: id, name: id, limits: limits, budget: nil)].compactMap { $0 }
            return Self.line(
                principal: Principal(keyID: id, name: id, project: "default", role: .caller, meters: meters))
        }
        let slow = line("slow", requests: 1)
        #expect(await rig.gateway.answer(slow).verdict == .final)
        guard case .later(let milliseconds?) = await rig.gateway.answer(slow).verdict else {
            Issue.record("the limit did not say when")
            return
        }
        #expect(milliseconds > 0 && milliseconds <= 60_000)
        let refused = await rig.gateway.answer(line("small", tokens: 10))
        #expect(refused.status == 400 && refused.verdict == .final)
    }

    @Test func aTaskThatIsCancelledHasItsUpstreamCallEnded() async throws {
        let arrived = Gate()
        let upstream = try ScriptedUpstream([.open(arrived), .untilDeparture])
        let rig = try await Rig([upstream.baseURL])
        let verdict = try await withThrowingTaskGroup(of: BatchLineAnswer.Verdict.self) { group in
            group.addTask { await rig.gateway.answer(Self.line()).verdict }
            try await offThread { arrived.wait() }
            group.cancelAll()
            return try await group.next()
        }
        #expect(verdict == .cancelled)
        #expect(await rig.outcomes.one().status == .clientClosed)
    }

    @Test func anAnswerThatIsLongerThanCallersAreHeldOneIsKeptWholeForABatch() async throws {
        var settings = GatewaySettings()
        settings.plainAnswerBytesMax = 1_024
        let long = ScriptedUpstream.completion.replacing("}", with: "}" + String(repeating: " ", count: 9_000))
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(long))
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = await rig.gateway.answer(Self.line())
        #expect(answer.status == 200 && answer.body == Array(long.utf8))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.tokens != nil && !outcome.areTokensEstimated)
    }

    @Test func anAnswerThatIsTooLongForABatchSaysSoAndIsNotBoughtAgain() async throws {
        var settings = GatewaySettings()
        settings.batchAnswerBytesMax = 1_024
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n"
        let upstream = try ScriptedUpstream([.send(head + String(repeating: " ", count: 10_000)), .untilDeparture])
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = await rig.gateway.answer(Self.line())
        #expect(answer.status == 502 && answer.verdict == .final)
        #expect(try JSONValue(parsing: answer.body)["error"]?["code"] == "answer_too_large")
        // What it took is counted, as far as it is known.
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .upstreamError && outcome.error == "answer_too_large" && outcome.servedBy == "v0")
        #expect(outcome.areTokensEstimated && (outcome.tokens?.output ?? 0) >= 256)
        #expect((outcome.tokens?.input ?? 0) > 0)
    }

    // MARK: Beside callers who ask the same

    /// Who follows a call of another's is told of it in its own words, whoever leads.
    private enum Pair: CaseIterable {
        case batchAndCaller, callerAndBatch, batchAndBatch
    }

    @Test func anAnswerThatIsTooLongForABatchIsNoneForThoseWhoWaitForTheSame() async throws {
        var settings = GatewaySettings()
        settings.batchAnswerBytesMax = 1_024
        let gate = Gate()
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n"
        let upstream = try ScriptedUpstream { _, index in
            guard index == 0 else { return ScriptedUpstream.plain(ScriptedUpstream.completion) }
            return [.wait(gate), .send(head + String(repeating: " ", count: 10_000)), .untilDeparture]
        }
        let rig = try await Rig.caching([upstream.baseURL], settings: settings)
        async let line = rig.gateway.answer(Self.line())
        while upstream.requests.isEmpty { await Task.yield() }
        async let live = rig.post()
        await rig.followers(1)
        gate.open()
        let answer = await line
        #expect(answer.status == 502 && answer.verdict == .final)
        let told = try await live
        #expect(told.status == 200 && told.text == ScriptedUpstream.completion)
    }

    @Test(arguments: Pair.allCases)
    private func aProviderThatServesNobodyIsNoLinesDoingWhoeverAskedIt(pair: Pair) async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream { _, _ in [.wait(gate)] + ScriptedUpstream.plain("{}", status: 401) }
        let rig = try await Rig.caching([upstream.baseURL])
        let verdicts = try await withThrowingTaskGroup { group in
            for isBatch in [pair != .callerAndBatch, pair != .batchAndCaller] {
                group.addTask { () -> BatchLineAnswer.Verdict? in
                    if isBatch { return await rig.gateway.answer(Self.line()).verdict }
                    let answer = try await rig.post()
                    #expect(answer.status == 502 && answer["x-signalbox-unserved"] == nil)
                    return nil
                }
                while upstream.requests.isEmpty { await Task.yield() }
            }
            await rig.followers(1)
            gate.open()
            return try await group.reduce(into: [BatchLineAnswer.Verdict]()) { verdicts, verdict in
                if let verdict { verdicts.append(verdict) }
            }
        }
        #expect(upstream.requests.count == 1)
        #expect(verdicts.count == (pair == .batchAndBatch ? 2 : 1))
        #expect(verdicts.allSatisfy { $0 == .unserved(milliseconds: nil) })
    }

    @Test func whatIsServedNowhereIsTheEndOfIt() async throws {
        let rig = try await Rig(["http://127.0.0.1:1"])
        #expect(await rig.gateway.answer(Self.line(path: "/v1/files")).status == 404)
        let unknown = await rig.gateway.answer(Self.line(#"{"model":"nobody","messages":[]}"#))
        #expect(unknown.status == 404 && unknown.verdict == .unserved(milliseconds: nil))
    }
}
