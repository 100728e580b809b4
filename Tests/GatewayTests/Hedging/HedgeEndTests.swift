import Domain
import Glibc
import HTTP
import JSON
import Reactor
import Testing

@testable import Gateway

/// Which of two tries its caller is told of, where neither has simply answered first.
@Suite(.timeLimit(.minutes(1))) struct HedgeEndTests {
    private static let both = [Rig.question, Rig.streamed]
    private static let refusal = ScriptedUpstream.plain(
        #"{"error":{"message":"temperature is too high","type":"invalid_request_error"}}"#, status: 400)

    // MARK: Both refuse

    /// What may pass, or is about the variant, is no answer to who has something to mend: an SDK would try it again.
    @Test(arguments: both, [404, 429])
    func whatTheCallerHasToMendIsToldBeforeWhatOnlyTheOtherSays(question: String, status: Int) async throws {
        let asked = Gate()
        let first = try ScriptedUpstream([.wait(asked)] + Self.refusal)
        let second = try ScriptedUpstream.answering(after: [.open(asked), .pause(30)], status: status)
        let rig = try await Rig.hedging([first, second])
        let answer = try await rig.post(question)
        #expect(answer.status == 400 && answer.error("message") == "temperature is too high")
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .invalidRequest && outcome.servedBy == "v0")
        // Where the machine is busy the second may be the first, which is no harder.
        #expect(Set(outcome.attempts.map(\.error)) == ["http_400", "http_\(status)"])
        #expect(rig.hedges(.failed) == 1 && rig.hedgeCount == 1)
    }

    /// The other way round it always was the last word.
    @Test(arguments: both)
    func whatMayPassIsForgottenWhenTheOtherHasSomethingToMend(question: String) async throws {
        let asked = Gate()
        let first = try ScriptedUpstream.answering(after: [.wait(asked)], status: 429)
        let second = try ScriptedUpstream([.open(asked), .pause(30)] + Self.refusal)
        let rig = try await Rig.hedging([first, second])
        #expect(try await rig.post(question).status == 400)
        let outcome = await rig.outcomes.one()
        #expect(outcome.servedBy == "v1" && Set(outcome.attempts.map(\.error)) == ["http_429", "http_400"])
    }

    /// Nobody is asked again for who has something to mend, and so nothing is taken of what retries there may be.
    @Test(arguments: both)
    func aRetryThatIsNotMadeIsNotCounted(question: String) async throws {
        let asked = Gate()
        let first = try ScriptedUpstream([.wait(asked)] + Self.refusal)
        let second = try ScriptedUpstream.answering(after: [.open(asked), .pause(30)], status: 503)
        let rig = try await Rig.hedging([first, second], resilience: RetryTests.twice)
        #expect(try await rig.post(question).status == 400)
        #expect(rig.condition("v1").retries == 0 && second.requests.count == 1)
        #expect(rig.condition("v1").consecutiveFailures == 1)
    }

    // MARK: Patience

    /// Both are late for a caller who has to be told something: the one that has begun is nearer to an answer.
    @Test func whoHasBegunIsPreferredWhenPatienceEnds() async throws {
        let gate = Gate()
        let first = try ScriptedUpstream.silent()
        let second = try ScriptedUpstream(
            [.send(ScriptedUpstream.streamHead), .wait(gate)]
                + ScriptedUpstream.stream(["4", "2"]).dropFirst())
        let rig = try await Rig.hedging([first, second])
        let caller = try await Caller.connect(port: rig.port)
        defer { caller.socket.close() }
        try await caller.send(
            "POST", "/v1/chat/completions", Rig.streamed, fields: ["x-stainless-read-timeout: 2.5"])
        await first.departure()
        gate.open()
        let answer = try await caller.answer()
        #expect(answer.text.contains(": ping") && answer.text.contains("[DONE]"))
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["hedged_out", nil])
        #expect(rig.hedges(.won) == 1)
    }

    /// The loop comes to both at the same time: to the event of the one, and to the end of the patience.
    @Test func anEventThatIsThereWhenPatienceEndsWins() async throws {
        let (gate, sent) = (Gate(), Gate())
        let first = try ScriptedUpstream.silent()
        let events = ScriptedUpstream.stream(["4", "2"])
        let second = try ScriptedUpstream([.wait(gate)] + events + [.open(sent)])
        let loop = try EventLoop(name: "held")
        loop.start()
        let variants = [
            Rig.variant("v0", first.baseURL, weight: 100), Rig.variant("v1", second.baseURL, weight: 0),
        ]
        let rig = try await Rig(
            [Rig.deployment("bot", variants, fallbacks: [1], options: ["hedge": ["after_ms": 20, "share_max": 20]])],
            serving: [loop])
        async let answered = rig.post(Rig.streamed, fields: ["x-stainless-read-timeout: 2.5"])
        while second.requests.isEmpty { await Task.yield() }
        // Four fifths of the patience from now are beyond its end, and the loop does nothing until then.
        let end = MonotonicInstant.now() + .milliseconds(2_050)
        loop.execute {
            gate.open()
            sent.wait()
            while MonotonicInstant.now() < end { usleep(1_000) }
        }
        let answer = try await answered
        #expect(answer.text.contains("[DONE]") && !answer.text.contains(": ping"))
        #expect(await rig.outcomes.one().attempts.map(\.error) == ["hedged_out", nil])
        #expect(rig.hedges(.won) == 1)
    }
}
