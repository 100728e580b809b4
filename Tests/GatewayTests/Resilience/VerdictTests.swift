import Domain
import HTTP
import JSON
import Reactor
import Testing

@testable import Gateway

/// What the end of a try tells of its upstream, and what becomes of it.
@Suite(.timeLimit(.minutes(1))) struct VerdictTests {
    private static func health(_ rig: Rig, _ url: String) -> UpstreamHealth {
        rig.gateway.upstreams.health(
            of: Rig.variant("v0", url, weight: 100).provider, model: "upstream-model", in: "default")
    }

    /// So long ago that the next call is a trial call.
    private static func failLongAgo(_ rig: Rig, _ url: String) {
        let past = MonotonicInstant(nanoseconds: MonotonicInstant.now().nanoseconds - 61_000_000_000)
        for _ in 0..<3 { health(rig, url).failed(nil, "http_500", at: past) }
        #expect(rig.condition().circuit == .open)
    }

    @Test func trialCallsThatAreStreamedOrTooLargeToBeHeldCloseIt() async throws {
        var small = CircuitTests.settings()
        small.plainAnswerBytesMax = 64
        for (question, settings) in [(Rig.streamed, CircuitTests.settings()), (Rig.question, small)] {
            let upstream = try RetryTests.recovering(after: 0, [])
            let rig = try await Rig([upstream.baseURL], settings: settings)
            Self.failLongAgo(rig, upstream.baseURL)
            #expect(try await rig.post(question).status == 200)
            #expect(rig.condition().transitions == [.open: 1, .halfOpen: 1, .closed: 1])
        }
    }

    /// A stream's word is out with its first event, however long the rest takes.
    @Test func aTrialCallThatStreamsForLongClosesItAtOnce() async throws {
        let gate = Gate()
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("4")]) + [.wait(gate)]
                + [ScriptedUpstream.chunk("data: [DONE]\n\n"), ScriptedUpstream.lastChunk])
        let rig = try await Rig([upstream.baseURL], settings: CircuitTests.settings())
        Self.failLongAgo(rig, upstream.baseURL)
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.streamed)
        _ = try await caller.read { $0.contains("4") }
        #expect(rig.condition().circuit == .closed)
        gate.open()
        #expect(await rig.outcomes.one().status == .ok)
        caller.socket.close()
    }

    @Test func anErrorEventThatIsTheCallersDoingNeverOpensIt() async throws {
        for (code, failures) in [("400", 0), ("429", 0), ("500", 2), ("\"server_error\"", 2)] {
            let event = #"{"error":{"message":"no","code":\#(code)}}"#
            let upstream = try ScriptedUpstream(ScriptedUpstream.events([event]) + [.close])
            let rig = try await Rig([upstream.baseURL], settings: CircuitTests.settings())
            let status = Int(code).flatMap { $0 < 500 ? $0 : nil } ?? 502
            for _ in 0..<2 { #expect(try await rig.post(Rig.streamed).status == status) }
            #expect(rig.condition().windowFailures == failures, "\(code)")
        }
    }

    // MARK: Retries

    @Test func aConflictWhoseRetryIsWithdrawnIsNobodyElsesToAnswer() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain("{}", status: 409, fields: "retry-after-ms: 400\r\n"))
        let good = try ScriptedUpstream(RetryTests.good)
        let rig = try await Rig(
            [upstream.baseURL, good.baseURL], settings: CircuitTests.settings(), resilience: RetryTests.twice)
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", Rig.question)
        // Until the retry is taken out of its budget.
        while Self.health(rig, upstream.baseURL).isAtEase { await Task.yield() }
        // Meanwhile others find that it is broken.
        for _ in 0..<3 { Self.health(rig, upstream.baseURL).failed(nil, "http_500", at: .now()) }
        #expect(try await caller.answer().status == 409)
        caller.socket.close()
        #expect(upstream.requests.count == 1 && good.requests.isEmpty)
        #expect(rig.retries == 0)
    }

    @Test(arguments: [(500, 1), (503, 1), (429, 3), (529, 3)])
    func whatIsDearIsAskedForAgainOnlyWhereItSurelyWasNotDone(status: Int, count: Int) async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain("{}", status: status))
        let rig = try await Rig([upstream.baseURL], resilience: RetryTests.twice)
        let question = #"{"model":"bot","prompt":"a dog"}"#
        #expect(try await rig.post(question, path: "/v1/images/generations").status != 200)
        #expect(upstream.requests.count == count)
    }

    @Test func aRetryHasTimeToBeAnswered() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain("{}", status: 503, fields: "retry-after-ms: 950\r\n"))
        let resilience = Resilience(
            timeouts: DeploymentTimeouts(totalMilliseconds: 1_000),
            retries: DeploymentRetries(count: 2, backoffMilliseconds: 1))
        let rig = try await Rig([upstream.baseURL], resilience: resilience)
        #expect(try await rig.post().status == 502)
        #expect(upstream.requests.count == 1)
    }

    // MARK: The time of a stream's try

    @Test func anErrorsBodyIsNotWaitedForBeyondTheTry() async throws {
        let upstream = try ScriptedUpstream([
            .send("HTTP/1.1 429 No\r\nContent-Length: 90\r\nRetry-After: 60\r\n\r\n{"), .untilDeparture,
        ])
        let good = try RetryTests.recovering(after: 0, [])
        let rig = try await Rig(
            [upstream.baseURL, good.baseURL],
            resilience: Resilience(timeouts: DeploymentTimeouts(tryMilliseconds: 1_000)))
        #expect(try await rig.post(Rig.streamed).status == 200)
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["http_429", nil])
        await upstream.departure()
    }

    /// The answer has begun with comments for a caller of little patience.
    @Test func theTryEndsAllTheSameWhereTheCallersPatienceCameFirst() async throws {
        let silent = try ScriptedUpstream([.send(ScriptedUpstream.streamHead), .untilDeparture])
        let rig = try await Rig(
            [silent.baseURL], resilience: Resilience(timeouts: DeploymentTimeouts(tryMilliseconds: 500)))
        let answer = try await rig.post(Rig.streamed, fields: ["x-stainless-read-timeout: 0.2"])
        #expect(answer.status == 200 && answer.text.hasPrefix(": ping\n\n") && answer.text.contains("upstream_timeout"))
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["timeout_try"])
        await silent.departure()
    }

    @Test func aLimitThatIsMetAfterTheAnswerHasBegunSparesItsModelToo() async throws {
        let upstream = try ScriptedUpstream(
            [.pause(600)] + ScriptedUpstream.plain("{}", status: 429, fields: "Retry-After: 60\r\n"))
        let rig = try await Rig([upstream.baseURL])
        let answer = try await rig.post(Rig.streamed, fields: ["x-stainless-read-timeout: 0.2"])
        #expect(answer.status == 200 && answer.text.hasPrefix(": ping\n\n"))
        #expect(rig.condition().limits == 1 && rig.condition().coolDowns.map(\.model) == ["upstream-model"])
    }

    @Test func noProbeGoesToWhomAnOperatorHasSwitchedOff() async throws {
        let upstream = try ScriptedUpstream(RetryTests.good)
        let deployment = Rig.deployment(
            "bot", [Rig.variant("v0", upstream.baseURL, weight: 100, breaker: .forcedOpen)])
        let rig = try await Rig([deployment])
        let answer = await rig.gateway.probe(
            ProbeRequest(
                deployment: deployment, variant: 0, input: .messages([["role": "user", "content": "?"]]), runID: "r",
                timeout: .seconds(5)))
        #expect(answer.status == .upstreamError && answer.error == "circuit_open")
        #expect(upstream.requests.isEmpty)
    }
}
