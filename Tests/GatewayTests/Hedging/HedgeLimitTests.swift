import Domain
import JSON
import Support
import Testing

@testable import Gateway

/// Both tries are promised for, and both are paid.
@Suite(.timeLimit(.minutes(1))) struct HedgeLimitTests {
    private typealias Parts = LimitTests.Parts

    private static let key = LimitedSubject(.key, "k1")
    private static let body = #"{"model":"bot","max_tokens":500,"messages":[]}"#
    private static let streamed = #"{"model":"bot","max_tokens":500,"stream":true,"messages":[]}"#
    /// 1 micro-USD for a token that is written, nothing for what is read.
    private static let price = Price(TokenRates(input: 0, output: 1_000_000))

    private static var options: DeploymentOptions {
        var options = DeploymentOptions()
        options.fallbacks = ["v1"]
        options.hedge = HedgePolicy(after: .milliseconds(20), shareMax: 20)
        return options
    }

    private static func rig(
        _ parts: Parts, _ upstreams: [ScriptedUpstream], tokens: Int64? = nil, budget: Int64? = nil,
        concurrent: Int64? = nil
    ) async throws -> (rig: Rig, meter: Meter?) {
        let meters = parts.meter(
            limits: tokens.map { LimitTests.limits(tokens: $0) },
            budget: budget.map { Budget(microUSD: $0, period: .day) })
        let variants = upstreams.enumerated().map { index, upstream in
            LimitTests.variant(
                upstream, "v\(index)", weight: index == 0 ? 100 : 0,
                limits: concurrent.map { LimitTests.limits(concurrent: $0) }, price: price)
        }
        return (try await parts.rig(variants, key: meters, options: options), meters.first)
    }

    private static func spent(_ parts: Parts) throws -> Int64 {
        let state = try #require(parts.book.spending(of: key))
        #expect(state.promised == 0)
        return state.spent
    }

    /// What the one that was left may have written nobody knows: what was promised for it stands.
    @Test(arguments: [body, streamed])
    func whoIsLeftIsPaidAsIfItHadAnswered(question: String) async throws {
        let parts = Parts()
        let silent = try ScriptedUpstream.silent()
        let usage = ScriptedUpstream.events([
            ScriptedUpstream.delta("4"), ScriptedUpstream.finish,
            #"{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":500}}"#, "[DONE]",
        ])
        let good = try ScriptedUpstream { request, _ in
            request.text.contains("\"stream\":true")
                ? usage + [ScriptedUpstream.lastChunk] : ScriptedUpstream.plain(ScriptedUpstream.completion)
        }
        let (rig, meter) = try await Self.rig(parts, [silent, good], tokens: 10_000, budget: 100_000)
        #expect(try await rig.post(question).status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.servedBy == "v1" && outcome.tokens?.output == 500)
        #expect(outcome.chargeMicroUSD == 1_000 && outcome.costMicroUSD == 500)
        #expect(try Self.spent(parts) == 1_000)
        let estimate = 500 + (silent.requests[0].body.count + 3) / 4
        #expect(meter?.tokenState(at: parts.now)?.remaining == UInt64(10_000 - 1_500 - estimate))
    }

    /// Also where the first answers after all, so that what is told of the one is never taken for the other.
    @Test func theFirstIsPaidByWhatItTold() async throws {
        let parts = Parts()
        let gate = Gate()
        let slow = try ScriptedUpstream.answering(after: [.wait(gate)])
        let second = try ScriptedUpstream([.open(gate), .untilDeparture])
        let (rig, meter) = try await Self.rig(parts, [slow, second], tokens: 10_000, budget: 100_000)
        #expect(try await rig.post(Self.body).status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.servedBy == "v0" && outcome.tokens?.output == 500)
        #expect(outcome.chargeMicroUSD == 1_000 && outcome.costMicroUSD == 500)
        let estimate = 500 + (second.requests[0].body.count + 3) / 4
        #expect(meter?.tokenState(at: parts.now)?.remaining == UInt64(10_000 - 1_500 - estimate))
    }

    @Test func whereThereIsRoomForOneOnlyOneIsAsked() async throws {
        let parts = Parts()
        let gate = Gate()
        let slow = try ScriptedUpstream.answering(after: [.wait(gate)])
        let other = try ScriptedUpstream.answering()
        let (rig, meter) = try await Self.rig(parts, [slow, other], budget: 999)
        async let answer = rig.post(Self.body)
        await rig.hedged(.limit)
        gate.open()
        #expect(try await answer.status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.error) == [nil] && outcome.chargeMicroUSD == 500)
        #expect(other.requests.isEmpty)
        #expect(try Self.spent(parts) == 500)
        // What was not made is not counted as made.
        #expect(rig.gateway.hedges.all.first?.credit == 10)
        // No caller was refused, so none is counted, and the first who is will be told of as the first.
        #expect(rig.gateway.counters.refusedByLimits.allSatisfy { $0.count == 0 })
        guard
            case .refused(.budget(499, _, isFirst: true)) = meter?.take(
                tokens: 0, ceiling: 500, allowsUnpriced: false, now: parts.now, later: parts.now, wall: parts.clock.now)
        else {
            Issue.record("the hedge was taken for a caller")
            return
        }
    }

    /// Twenty callers at one time, of whom each may ask twice: a budget that has room for twenty-five tries gets
    /// twenty-five, to the micro-dollar.
    @Test func atAnyConcurrencyNoMoreIsPromisedThanThereIs() async throws {
        let parts = Parts()
        let gate = Gate()
        let answer =
            #"{"choices":[{"message":{"content":"42"},"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":10,"completion_tokens":400}}"#
        let slow = try ScriptedUpstream([.wait(gate)] + ScriptedUpstream.plain(answer))
        let second = try ScriptedUpstream(ScriptedUpstream.plain(answer))
        let (rig, _) = try await Self.rig(parts, [slow, second], budget: 10_000)
        let statuses = try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask {
                    try await rig.post(#"{"model":"bot","max_tokens":400,"messages":[]}"#).status
                }
            }
            while rig.hedgeCount < 20 { await Task.yield() }
            gate.open()
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.allSatisfy { $0 == 200 })
        #expect(rig.hedges(.won) == 5 && rig.hedges(.limit) == 15)
        #expect(second.requests.count == 5)
        #expect(try Self.spent(parts) == 10_000)
        let outcomes = await rig.outcomes.first(20)
        #expect(outcomes.reduce(0) { $0 + ($1.chargeMicroUSD ?? 0) } == 10_000)
        #expect(outcomes.reduce(0) { $0 + ($1.costMicroUSD ?? 0) } == 8_000)
    }

    @Test func aProvidersOwnLimitHoldsForBothAndIsGivenBack() async throws {
        let parts = Parts()
        let (first, second) = (Gate(), Gate())
        let slow = try ScriptedUpstream.answering(after: [.wait(first)])
        let other = try ScriptedUpstream.answering(after: [.wait(second)])
        let (rig, _) = try await Self.rig(parts, [slow, other], concurrent: 2)
        // Both have two at a time: of three callers the third is refused by the first provider and falls back.
        async let one = rig.post(Self.body)
        async let two = rig.post(Self.body)
        while other.requests.count < 2 { await Task.yield() }
        let refused = try await rig.post(Self.body)
        #expect(refused.status == 429)
        second.open()
        #expect(try await one["x-signalbox-served-by"] == "v1")
        #expect(try await two["x-signalbox-served-by"] == "v1")
        first.open()
        #expect(rig.hedges(.won) == 2)
        // Those who were left have given back their places too.
        for _ in 0..<4 { #expect(try await rig.post(Self.body).status == 200) }
    }
}
