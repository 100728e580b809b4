import Domain
import HTTP
import JSON
import Reactor
import Support
import Testing

@testable import Gateway

/// Who may be asked beside another, and how often.
@Suite(.timeLimit(.minutes(1))) struct HedgeRuleTests {
    /// Answers when the test says so, or when it is left.
    private static func held() throws -> (gate: Gate, upstream: ScriptedUpstream) {
        let gate = Gate()
        return (gate, try ScriptedUpstream.answering(after: [.wait(gate)]))
    }

    private static func explained(_ rig: Rig, _ body: String = #"{"request":{"messages":[]}}"#) async throws
        -> JSONValue
    {
        let told = try await rig.post(body, path: "/api/v1/deployments/bot/explain")
        return try #require(try JSONValue(parsing: told.body)["hedge"])
    }

    @Test func beyondTheShareNobodyIsAskedTwice() async throws {
        let (gate, slow) = try Self.held()
        let other = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging(
            [slow, other], options: ["hedge": ["after_ms": 20, "share_max": 0.1]])
        // What ten thousand slow calls would have used up.
        #expect(try await Self.explained(rig)["left"] == 10)
        let ledger = try #require(rig.gateway.hedges.all.first)
        while ledger.withdraw() {}
        async let answer = rig.post()
        await rig.hedged(.budget)
        gate.open()
        #expect(try await answer["x-signalbox-served-by"] == nil)
        #expect(other.requests.isEmpty && rig.hedgeCount == 1)
        #expect(await rig.outcomes.one().attempts.map(\.error) == [nil])
        #expect(try await Self.explained(rig)["left"] == 0)
    }

    @Test func whoIsLeftAloneIsNoOther() async throws {
        let (gate, slow) = try Self.held()
        let (spare, good) = (try ScriptedUpstream.answering(), try ScriptedUpstream.answering())
        func variants(_ count: Int) -> [LiveVariant] {
            [
                Rig.variant("v0", slow.baseURL, weight: 100),
                Rig.variant("v1", spare.baseURL, weight: 0, breaker: .forcedOpen),
                Rig.variant("v2", good.baseURL, weight: 0),
            ].dropLast(3 - count)
        }
        let rig = try await Rig.hedging(variants(3))
        #expect(try await Self.explained(rig)["to"]?["variant"] == "v2")
        #expect(try await rig.post()["x-signalbox-served-by"] == "v2")
        #expect(await rig.outcomes.one().attempts.map(\.variant) == ["v0", "v2"])
        let alone = try await Rig.hedging(variants(2))
        #expect(try await Self.explained(alone)["skipped"]?["code"] == "nowhere")
        async let answer = alone.post()
        await alone.hedged(.nowhere)
        gate.open()
        #expect(try await answer.status == 200)
        #expect(spare.requests.isEmpty)
    }

    @Test func aBreakerThatOpenedByItselfIsRespected() async throws {
        let (gate, slow) = try Self.held()
        let failing = try ScriptedUpstream(CircuitTests.failing)
        let first = Rig.variant("v0", slow.baseURL, weight: 100)
        let second = Rig.variant("v1", failing.baseURL, weight: 0)
        let other = Rig.deployment("other", [Rig.variant("v1", failing.baseURL, weight: 100)])
        let bot = Rig.deployment(
            "bot", [first, second], fallbacks: [1], options: ["hedge": ["after_ms": 20]])
        let rig = try await Rig([bot, other], settings: CircuitTests.settings())
        for _ in 0..<3 {
            _ = try await rig.post(#"{"model":"other","messages":[]}"#)
        }
        #expect(rig.condition("v1").circuit == .open)
        async let answer = rig.post()
        await rig.hedged(.nowhere)
        gate.open()
        #expect(try await answer.status == 200)
        #expect(failing.requests.count == 3)
    }

    /// Whatever the order, whatever the shares: nothing of such a request ever goes elsewhere.
    @Test func aRegionRuleIsNotLeftByAHedge() async throws {
        let (gate, slow) = try Self.held()
        let (american, european) = (try ScriptedUpstream.answering(), try ScriptedUpstream.answering())
        let rule: JSONObject = ["regions": [["name": "eu", "when": "slice.country == 'de'", "allow": ["eu"]]]]
        func rig(_ count: Int) async throws -> Rig {
            try await Rig.hedging(
                [
                    Rig.variant("v0", slow.baseURL, weight: 100, region: "eu"),
                    Rig.variant("v1", american.baseURL, weight: 0, region: "us"),
                    Rig.variant("v2", european.baseURL, weight: 0, region: "eu"),
                ].dropLast(3 - count), options: rule)
        }
        let german = ["X-Signalbox-Slice: country=de"]
        #expect(try await rig(3).post(fields: german)["x-signalbox-served-by"] == "v2")
        #expect(american.requests.isEmpty)
        let alone = try await rig(2)
        async let answer = alone.post(fields: german)
        await alone.hedged(.nowhere)
        gate.open()
        #expect(try await answer["x-signalbox-served-by"] == nil)
        #expect(american.requests.isEmpty)
    }

    @Test func anotherPlaceOfTheSameVariantComesBeforeAFallback() async throws {
        let upstreams = [
            try ScriptedUpstream.answering(), try ScriptedUpstream.answering(), try ScriptedUpstream.answering(),
        ]
        let silent = try ScriptedUpstream.silent()
        let places = [Rig.place("a", silent.baseURL), Rig.place("b", upstreams[0].baseURL)]
        // Those without a share serve when no other can.
        let rig = try await Rig.hedging(
            [
                Rig.balanced(.weighted, places, shares: [100, 0]),
                Rig.variant("v1", upstreams[1].baseURL, weight: 0),
            ])
        let told = try await Self.explained(rig)
        #expect(told["to"]?["variant"] == "v0" && told["places"]?.arrayValue?.count == 2)
        #expect(try await rig.post().status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.provider) == ["provider-a", "provider-b"])
        #expect(outcome.attempts.map(\.error) == ["hedged_out", nil] && outcome.servedBy == "v0")
        #expect(upstreams[1].requests.isEmpty)
    }

    // MARK: What is asked

    @Test(
        arguments: [
            ("/v1/images/generations", #"{"model":"bot","prompt":"a box"}"#, nil),
            ("/v1/responses", #"{"model":"bot","input":"6*7?"}"#, .unsuited),
            ("/v1/responses", #"{"model":"bot","input":"6*7?","store":true}"#, .unsuited),
            ("/v1/responses", #"{"model":"bot","input":"6*7?","store":false,"st\u006fre":true}"#, .unsuited),
            ("/v1/chat/completions", #"{"model":"bot","messages":[],"store":true}"#, .unsuited),
            ("/v1/responses", #"{"model":"bot","input":"6*7?","store":false}"#, .won),
            ("/v1/chat/completions", #"{"model":"bot","messages":[],"store":false}"#, .won),
            ("/v1/embeddings", #"{"model":"bot","input":"6*7?"}"#, .won),
        ] as [(String, String, HedgeFate?)])
    func whatLeavesSomethingBehindIsNotAskedTwice(path: String, body: String, fate: HedgeFate?) async throws {
        let (gate, slow) = try Self.held()
        let other = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([slow, other])
        async let answer = rig.post(body, path: path)
        if let fate {
            await rig.hedged(fate)
        } else {
            while slow.requests.isEmpty { await Task.yield() }
        }
        gate.open()
        #expect(try await answer.status == 200)
        #expect(other.requests.count == (fate == .won ? 1 : 0))
        #expect(rig.hedgeCount == (fate == nil ? 0 : 1))
    }

    // MARK: When

    @Test(arguments: [Rig.question, Rig.streamed])
    func theObservedQuantileIsTheDelay(question: String) async throws {
        let (gate, slow) = try Self.held()
        let other = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([slow, other], options: ["hedge": ["after_p": 0.95]])
        #expect(try await Self.explained(rig)["places"]?[0]?["delay_ms"] == .null)
        // While nothing is known nobody else is asked.
        async let answer = rig.post(question)
        while slow.requests.isEmpty { await Task.yield() }
        gate.open()
        #expect(try await answer["x-signalbox-served-by"] == nil)
        let ledger = try #require(rig.gateway.hedges.all.first)
        let times = ledger.times(of: "p-v0", model: "upstream-model", writes: true)
        let isStream = question == Rig.streamed
        #expect(times.count(isStream: isStream, at: .now()) == 1)
        for _ in 0..<99 { times.observe(20_000_000, isStream: isStream, at: .now()) }
        let sample = isStream ? #"{"request":{"messages":[],"stream":true}}"# : #"{"request":{"messages":[]}}"#
        let place = try await Self.explained(rig, sample)["places"]?[0]
        #expect((20...22).contains(place?["delay_ms"]?.doubleValue ?? 0) && place?["answers"] == 100)
        // It lets go of nobody from now on.
        let silent = try ScriptedUpstream.silent()
        let next = try await Rig.hedging([silent, other], options: ["hedge": ["after_p": 0.95]])
        _ = try await Self.explained(next)
        let known = try #require(next.gateway.hedges.all.first).times(of: "p-v0", model: "upstream-model", writes: true)
        for _ in 0..<100 { known.observe(20_000_000, isStream: isStream, at: .now()) }
        #expect(try await next.post(question)["x-signalbox-served-by"] == "v1")
        // It would have taken longer than it was waited for: that it was left is known, and does not hasten the next.
        #expect(known.count(isStream: isStream, at: .now()) == 101)
        #expect((known.quantile(0.95, isStream: isStream, at: .now()) ?? 0) >= 20_000_000)
        #expect(
            ledger.times(of: "p-v1", model: "upstream-model", writes: true).count(isStream: isStream, at: .now()) == 0)
    }

    /// A model that is asked for vectors far more often than for words is not slow because words take longer.
    @Test func whatIsReadAndWhatIsWrittenHaveTimesOfTheirOwn() async throws {
        let (gate, slow) = try Self.held()
        let other = try ScriptedUpstream.answering()
        let rig = try await Rig.hedging([slow, other], options: ["hedge": ["after_p": 0.95]])
        _ = try await Self.explained(rig)
        let ledger = try #require(rig.gateway.hedges.all.first)
        let read = ledger.times(of: "p-v0", model: "upstream-model", writes: false)
        for _ in 0..<100 { read.observe(20_000_000, isStream: false, at: .now()) }
        let place = try await Self.explained(rig)["places"]?[0]
        #expect(place?["delay_ms"] == .null && place?["answers"] == 0)
        async let chat = rig.post()
        while slow.requests.isEmpty { await Task.yield() }
        let embedded = try await rig.post(#"{"model":"bot","input":"6*7?"}"#, path: "/v1/embeddings")
        #expect(embedded["x-signalbox-served-by"] == "v1" && rig.hedgeCount == 1)
        gate.open()
        #expect(try await chat["x-signalbox-served-by"] == nil)
        let written = ledger.times(of: "p-v0", model: "upstream-model", writes: true)
        #expect(written.count(isStream: false, at: .now()) == 1 && read.count(isStream: false, at: .now()) == 101)
    }

    // MARK: Who asks the same

    @Test func whoWaitsForTheSameSharesBothTries() async throws {
        let (gate, second) = try Self.held()
        let silent = try ScriptedUpstream.silent()
        let rig = try await Rig.hedging([silent, second], cache: CachePolicy(seconds: 60))
        let leader = try await Caller.connect(port: rig.port)
        try await leader.send("POST", "/v1/chat/completions", Rig.question)
        while second.requests.isEmpty { await Task.yield() }
        async let follower = rig.post()
        await rig.followers(1)
        // Who led leaves, and both go on for the other.
        leader.socket.close()
        try await rig.turn()
        gate.open()
        let answer = try await follower
        #expect(answer.text == ScriptedUpstream.completion && answer["x-signalbox-cache"] == "hit")
        #expect(silent.requests.count == 1 && second.requests.count == 1 && rig.hedges(.won) == 1)
        await silent.departure()
        // The leader's own record tells of both.
        let led = await rig.outcomes.first(2).first { $0.attemptCount == 2 }
        #expect(led?.attempts.map(\.error) == ["hedged_out", nil])
    }

    @Test func whenAllWhoWaitLeaveBothAreLeft() async throws {
        let (first, second) = (try ScriptedUpstream.silent(), try ScriptedUpstream.silent())
        let rig = try await Rig.hedging([first, second], cache: CachePolicy(seconds: 60))
        let callers = [try await Caller.connect(port: rig.port), try await Caller.connect(port: rig.port)]
        try await callers[0].send("POST", "/v1/chat/completions", Rig.question)
        while second.requests.isEmpty { await Task.yield() }
        try await callers[1].send("POST", "/v1/chat/completions", Rig.question)
        await rig.followers(1)
        for caller in callers { caller.socket.close() }
        await first.departure()
        await second.departure()
        #expect(await rig.outcomes.first(2).allSatisfy { $0.status == .clientClosed })
        #expect(rig.hedges(.abandoned) == 1)
    }
}
