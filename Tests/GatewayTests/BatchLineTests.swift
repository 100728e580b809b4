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
        (429, "Retry-After: 7\r\n", .later(milliseconds: 7_000)), (429, "", .later(milliseconds: nil)),
        (500, "", .failed), (503, "", .failed), (400, "", .final), (404, "", .final), (422, "", .final),
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

    @Test func anAnswerThatIsTooLongForABatchSaysSo() async throws {
        var settings = GatewaySettings()
        settings.plainAnswerBytesMax = 1_024
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n"
        let upstream = try ScriptedUpstream([.send(head + String(repeating: " ", count: 10_000)), .untilDeparture])
        let rig = try await Rig([upstream.baseURL], settings: settings)
        let answer = await rig.gateway.answer(Self.line())
        #expect(answer.status == 502 && answer.verdict == .final)
        #expect(try JSONValue(parsing: answer.body)["error"]?["code"] == "answer_too_large")
        #expect(await rig.outcomes.one().status == .clientClosed)
    }

    @Test func whatIsServedNowhereIsTheEndOfIt() async throws {
        let rig = try await Rig(["http://127.0.0.1:1"])
        #expect(await rig.gateway.answer(Self.line(path: "/v1/files")).status == 404)
        let unknown = await rig.gateway.answer(Self.line(#"{"model":"nobody","messages":[]}"#))
        #expect(unknown.status == 404 && unknown.verdict == .final)
    }
}
