import Domain
import HTTP
import JSON
import Support
import Testing

@testable import Gateway

/// Two tries at a time, on real sockets.
@Suite(.timeLimit(.minutes(1))) struct HedgeTests {
    private static let both = [Rig.question, Rig.streamed]

    @Test(arguments: both)
    func whoAnswersWhileTheFirstIsSilentIsTheCallers(question: String) async throws {
        let (silent, good) = (try ScriptedUpstream.silent(), try ScriptedUpstream.answering())
        let rig = try await Rig.hedging([silent, good])
        let answer = try await rig.post(question)
        #expect(answer.status == 200 && answer["x-signalbox-served-by"] == "v1")
        #expect(answer.text.contains("4") && (question == Rig.question || answer.text.hasSuffix("data: [DONE]\n\n")))
        await silent.departure()
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok && outcome.variant == "v0" && outcome.servedBy == "v1")
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1"])
        #expect(outcome.attempts.map(\.error) == ["hedged_out", nil])
        #expect(outcome.attempts.map(\.status) == [nil, 200])
        #expect(outcome.attempts[0].latencyMilliseconds >= 20)
        #expect(rig.hedges(.won) == 1 && rig.hedgeCount == 1)
        #expect(silent.requests.count == 1 && good.requests.count == 1)
        // Who was left says neither that it fares well nor ill, and no retry was spent.
        let condition = rig.condition()
        #expect(condition.windowRequests == 0 && condition.consecutiveFailures == 0 && condition.retries == 0)
    }

    @Test(arguments: both)
    func theFirstMayStillAnswerFirst(question: String) async throws {
        let gate = Gate()
        let slow = try ScriptedUpstream.answering(after: [.wait(gate)])
        let second = try ScriptedUpstream([.open(gate), .untilDeparture])
        let rig = try await Rig.hedging([slow, second])
        let answer = try await rig.post(question)
        #expect(answer.status == 200 && answer["x-signalbox-served-by"] == nil)
        await second.departure()
        let outcome = await rig.outcomes.one()
        #expect(outcome.servedBy == "v0" && outcome.status == .ok)
        #expect(outcome.attempts.map(\.variant) == ["v1", "v0"])
        #expect(outcome.attempts.map(\.error) == ["hedged_out", nil])
        #expect(rig.hedges(.lost) == 1 && rig.hedgeCount == 1)
    }

    @Test(arguments: both)
    func whoAnswersInTimeIsAskedAlone(question: String) async throws {
        let (good, other) = (try ScriptedUpstream.answering(), try ScriptedUpstream.answering())
        let rig = try await Rig.hedging([good, other], afterMilliseconds: 30_000)
        for _ in 0..<5 { #expect(try await rig.post(question)["x-signalbox-served-by"] == nil) }
        #expect(other.requests.isEmpty && rig.hedgeCount == 0)
        #expect(await rig.outcomes.first(5).allSatisfy { $0.attempts.count == 1 })
    }

    /// The head of a plain answer is here, and only its rest takes long: it is being written.
    @Test func aPlainAnswerThatHasBegunIsWaitedFor() async throws {
        let body = ScriptedUpstream.completion
        let slow = try ScriptedUpstream([
            .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n{"),
            .pause(250), .send(String(body.dropFirst())),
        ])
        let other = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([slow, other], afterMilliseconds: 100)
        #expect(try await rig.post().text == body)
        #expect(other.requests.isEmpty && rig.hedgeCount == 0)
    }

    @Test func aStreamIsHedgedBeforeItsFirstEventAndNeverAfterIt() async throws {
        let rest =
            ScriptedUpstream.events([ScriptedUpstream.finish, "[DONE]"]).dropFirst() + [ScriptedUpstream.lastChunk]
        let begun = try ScriptedUpstream(
            ScriptedUpstream.events([ScriptedUpstream.delta("first")]) + [.pause(250)] + rest)
        let other = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([begun, other], afterMilliseconds: 100)
        #expect(try await rig.post(Rig.streamed).text.contains("first"))
        #expect(other.requests.isEmpty && rig.hedgeCount == 0)
        // Neither a head nor a comment is an event.
        let commenting = try ScriptedUpstream([
            .send(ScriptedUpstream.streamHead), ScriptedUpstream.chunk(": wait\n\n"), .untilDeparture,
        ])
        let second = try await Rig.hedging([commenting, other], afterMilliseconds: 100)
        let answer = try await second.post(Rig.streamed)
        #expect(answer.text.contains("4") && !answer.text.contains("first") && !answer.text.contains("wait"))
        await commenting.departure()
        #expect(await second.outcomes.one().attempts.map(\.error) == ["hedged_out", nil])
        #expect(second.hedges(.won) == 1)
    }

    /// The same while two run: a comment of one does not win, and what it says later is not mixed in.
    @Test func ofTwoStreamsTheFirstEventWins() async throws {
        let gate = Gate()
        let commenting = try ScriptedUpstream([
            .open(gate), .send(ScriptedUpstream.streamHead), ScriptedUpstream.chunk(": wait\n\n"),
            ScriptedUpstream.chunk(": wait\n\n"), .untilDeparture,
        ])
        let slow = try ScriptedUpstream.answering(after: [.wait(gate), .pause(50)])
        let rig = try await Rig.hedging([slow, commenting])
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.text.contains("4") && answer.text.hasSuffix("data: [DONE]\n\n"))
        #expect(!answer.text.contains("wait"))
        #expect(await rig.outcomes.one().servedBy == "v0")
        #expect(rig.hedges(.lost) == 1)
    }

    // MARK: Failures

    @Test(arguments: both)
    func aFailureDoesNotLoseWhileTheOtherMayAnswer(question: String) async throws {
        let (asked, gate) = (Gate(), Gate())
        // The first fails when the other is asked, which answers when the first has failed.
        let first = try ScriptedUpstream([.wait(asked), .open(gate), .close])
        let second = try ScriptedUpstream.answering(after: [.open(asked), .wait(gate), .pause(20)])
        let rig = try await Rig.hedging([first, second])
        #expect(try await rig.post(question)["x-signalbox-served-by"] == "v1")
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1"])
        #expect(outcome.attempts.map(\.error) == ["connection_lost", nil])
        #expect(rig.hedges(.won) == 1)
        // It failed by itself, which its breaker is told.
        #expect(rig.condition().consecutiveFailures == 1)
        // The other way round.
        let late = Gate()
        let slow = try ScriptedUpstream.answering(after: [.wait(late), .pause(20)])
        let failing = try ScriptedUpstream.answering(after: [.open(late)], status: 500)
        let other = try await Rig.hedging([slow, failing])
        #expect(try await other.post(question)["x-signalbox-served-by"] == nil)
        #expect(await other.outcomes.one().attempts.map(\.error) == ["http_500", nil])
        #expect(other.hedges(.lost) == 1 && other.condition("v1").consecutiveFailures == 1)
    }

    @Test(arguments: both)
    func whenBothFailTheNextFallbackIsAsked(question: String) async throws {
        let asked = Gate()
        let first = try ScriptedUpstream.answering(after: [.wait(asked)], status: 503)
        let second = try ScriptedUpstream.answering(after: [.open(asked), .pause(30)], status: 500)
        let third = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([first, second, third])
        #expect(try await rig.post(question)["x-signalbox-served-by"] == "v2")
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1", "v2"])
        #expect(outcome.attempts.map(\.error) == ["http_503", "http_500", nil])
        #expect(rig.hedges(.failed) == 1 && rig.hedgeCount == 1)
        #expect(first.requests.count == 1 && second.requests.count == 1)
    }

    @Test func whenNobodyIsLeftTheLastFailureIsTold() async throws {
        let asked = Gate()
        let first = try ScriptedUpstream.answering(after: [.wait(asked)], status: 503)
        let second = try ScriptedUpstream.answering(after: [.open(asked), .pause(30)], status: 401)
        let rig = try await Rig.hedging([first, second])
        let answer = try await rig.post()
        #expect(answer.status == 502 && answer.error("code") == "provider_misconfigured")
        #expect(answer["x-should-retry"] == "false")
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["http_503", "http_401"])
    }

    /// What the caller has to mend it has to mend, though another might have taken it.
    @Test(arguments: both)
    func aRefusalIsTheCallersWhenTheOtherFails(question: String) async throws {
        let asked = Gate()
        let refusal = #"{"error":{"message":"temperature is too high","type":"invalid_request_error"}}"#
        let first = try ScriptedUpstream([.wait(asked)] + ScriptedUpstream.plain(refusal, status: 400))
        let failing = try ScriptedUpstream.answering(after: [.open(asked), .pause(30)], status: 500)
        let rig = try await Rig.hedging([first, failing])
        let answer = try await rig.post(question)
        #expect(answer.status == 400 && answer.error("message") == "temperature is too high")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .invalidRequest && outcome.attempts.map(\.error) == ["http_400", "http_500"])
        let again = Gate()
        let refusing = try ScriptedUpstream([.wait(again)] + ScriptedUpstream.plain(refusal, status: 400))
        let good = try ScriptedUpstream.answering(after: [.open(again), .pause(30)])
        let other = try await Rig.hedging([refusing, good])
        #expect(try await other.post(question).status == 200)
        #expect(other.hedges(.won) == 1)
    }

    @Test(arguments: both)
    func aRetryFollowsTheOneThatFailedLast(question: String) async throws {
        let asked = Gate()
        let first = try ScriptedUpstream.answering(after: [.wait(asked)], status: 503)
        let second = try ScriptedUpstream { request, index in
            index == 0
                ? [.open(asked), .pause(30)] + ScriptedUpstream.plain("{}", status: 503)
                : request.text.contains("\"stream\":true") ? ScriptedUpstream.stream(["4"]) : RetryTests.good
        }
        let rig = try await Rig.hedging([first, second], resilience: RetryTests.twice)
        #expect(try await rig.post(question)["x-signalbox-served-by"] == "v1")
        #expect(await rig.outcomes.one().attempts.map(\.variant) == ["v0", "v1", "v1"])
        #expect(rig.retries == 0 && rig.condition("v1").retries == 1)
        // The first one is the last to fail: its own retry, and no hedge beside that.
        let late = Gate()
        let recovering = try ScriptedUpstream { request, index in
            index == 0
                ? [.wait(late), .pause(30)] + ScriptedUpstream.plain("{}", status: 503)
                : request.text.contains("\"stream\":true") ? ScriptedUpstream.stream(["4"]) : RetryTests.good
        }
        let failing = try ScriptedUpstream.answering(after: [.open(late)], status: 500)
        let third = try ScriptedUpstream.answering()
        let other = try await Rig.hedging([recovering, failing, third], resilience: RetryTests.twice)
        #expect(try await other.post(question)["x-signalbox-served-by"] == nil)
        #expect(await other.outcomes.one().attempts.map(\.variant) == ["v1", "v0", "v0"])
        #expect(other.retries == 1 && third.requests.isEmpty && other.hedgeCount == 1)
    }

    // MARK: The caller, and time

    @Test(arguments: both)
    func whoeverLeavesLeavesBoth(question: String) async throws {
        let (first, second) = (try ScriptedUpstream.silent(), try ScriptedUpstream.silent())
        let rig = try await Rig.hedging([first, second, try ScriptedUpstream.answering()])
        let caller = try await Caller.connect(port: rig.port)
        try await caller.send("POST", "/v1/chat/completions", question)
        while second.requests.isEmpty { await Task.yield() }
        caller.socket.close()
        await first.departure()
        await second.departure()
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .clientClosed)
        #expect(outcome.attempts.map(\.variant) == ["v0", "v1"])
        #expect(outcome.attempts.map(\.error) == ["cancelled", "cancelled"])
        #expect(rig.hedges(.abandoned) == 1 && rig.hedgeCount == 1)
    }

    /// A status is an answer: what it says is not cut short by the moment at which another would be asked.
    @Test func whatARefusalSaysIsWaitedFor() async throws {
        let error = #"{"error":{"message":"no such tool","type":"invalid_request_error","param":null,"code":null}}"#
        let head = "HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: \(error.utf8.count)\r\n\r\n"
        let first = try ScriptedUpstream([.send(head), .pause(1_500), .send(error)])
        let second = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([first, second], afterMilliseconds: 1_000)
        let answer = try await rig.post(Rig.streamed)
        #expect(answer.status == 400 && answer.error("message") == "no such tool")
        #expect(second.requests.isEmpty)
    }

    /// What waits for a connection to come free has asked nobody.
    @Test func whatWasNeverSentIsNotPaidFor() async throws {
        let gate = Gate()
        let first = try ScriptedUpstream.answering(after: [.wait(gate)])
        let second = try ScriptedUpstream.answering()
        let variants = [
            Rig.variant("v0", first.baseURL, weight: 100), Rig.variant("v1", second.baseURL, weight: 0),
        ]
        var limits = UpstreamLimits()
        limits.connectionsPerHostMax = 1
        let rig = try await Rig(
            [
                Rig.deployment(
                    "bot", variants, fallbacks: [1], options: ["hedge": ["after_ms": 20, "share_max": 20]]),
                Rig.deployment("busy", [Rig.variant("v0", first.baseURL, weight: 100)]),
            ], transport: WireTransport(limits: limits))
        async let other = rig.post(Rig.question.replacing("bot", with: "busy"))
        while first.requests.isEmpty { await Task.yield() }
        #expect(try await rig.post().status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.error) == ["hedged_out", nil])
        #expect(outcome.chargeMicroUSD == outcome.costMicroUSD && outcome.costMicroUSD != nil)
        gate.open()
        #expect(try await other.status == 200)
    }

    @Test(arguments: both)
    func theTotalBoundsBoth(question: String) async throws {
        let (first, second) = (try ScriptedUpstream.silent(), try ScriptedUpstream.silent())
        let total = Resilience(timeouts: DeploymentTimeouts(totalMilliseconds: 2_000))
        let rig = try await Rig.hedging([first, second], resilience: total)
        #expect(try await rig.post(question).status == 504)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.error) == ["timeout_total", "timeout_total"])
        #expect(outcome.status == .upstreamTimeout && rig.hedges(.failed) == 1)
        await first.departure()
        await second.departure()
    }

    @Test(arguments: both)
    func eachHasATimeOfItsOwn(question: String) async throws {
        let gate = Gate()
        // Its own thread sees that it was left, however busy those of the tests are: the other has a second then.
        let first = try ScriptedUpstream([.receive, .open(gate)])
        let second = try ScriptedUpstream.answering(after: [.wait(gate)])
        let own = Resilience(timeouts: DeploymentTimeouts(tryMilliseconds: 2_000))
        let rig = try await Rig.hedging([first, second], afterMilliseconds: 1_000, resilience: own)
        #expect(try await rig.post(question).status == 200)
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["timeout_try", nil])
        #expect(rig.hedges(.won) == 1)
    }

    /// Its answer begins without an event, and is then one of them for good: the one that was asked first.
    @Test func aCallerOfLittlePatienceIsAnsweredByTheFirst() async throws {
        let (gate, asked) = (Gate(), Gate())
        let first = try ScriptedUpstream.answering(after: [.wait(gate)])
        let second = try ScriptedUpstream([.open(asked), .untilDeparture])
        let rig = try await Rig.hedging([first, second])
        let caller = try await Caller.connect(port: rig.port)
        defer { caller.socket.close() }
        try await caller.send(
            "POST", "/v1/chat/completions", Rig.streamed, fields: ["x-stainless-read-timeout: 2.5"])
        let begun = try await caller.read { $0.contains(": ping") }
        #expect(begun.status == 200)
        await second.departure()
        gate.open()
        _ = try await caller.read { $0.contains("[DONE]") }
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["hedged_out", nil])
        #expect(rig.hedges(.lost) == 1)
    }
}
