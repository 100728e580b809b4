import Domain
import JSON
import Support
import Testing

@testable import Gateway

/// What an inference costs, from the provider's usage and the price in force.
@Suite(.timeLimit(.minutes(1))) struct CostTests {
    private static func usage(_ members: String) -> String {
        #"{"choices":[{"message":{"content":"hello world!"},"finish_reason":"stop"}],"usage":{\#(members)}}"#
    }

    private static func table(_ entries: [(model: String, from: Int64?, input: Int64)]) -> PriceTable {
        PriceTable(
            entries.map { entry in
                .init(
                    kind: "openai", model: entry.model, prefix: nil,
                    dated: .init(
                        from: entry.from, price: Price(TokenRates(input: entry.input, output: entry.input))))
            })
    }

    private static func rig(
        _ upstream: ScriptedUpstream, price: Price? = nil, kind: String = "openai", prices: PriceBook = PriceBook(),
        clock: HandClock = HandClock()
    ) async throws -> Rig {
        let variant = Rig.variant("v0", upstream.baseURL, weight: 100, kind: kind, model: "m", price: price)
        return try await Rig(
            [Rig.deployment("bot", [variant])], prices: prices, clock: WallClock { clock.now })
    }

    @Test func cachedAndReasoningTokensHaveTheirOwnPrices() async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(
                Self.usage(
                    #""prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":600},"#
                        + #""completion_tokens_details":{"reasoning_tokens":30}"#)))
        let price = Price(
            TokenRates(input: 1_000_000, cachedInput: 100_000, output: 10_000_000, reasoning: 20_000_000))
        let rig = try await Self.rig(upstream, price: price)
        _ = try await rig.post()
        let outcome = await rig.outcomes.one()
        #expect(outcome.tokens == Outcome.Tokens(input: 1_000, output: 100, cached: 600, reasoning: 30))
        #expect(outcome.costMicroUSD == 1_760)
        #expect(!outcome.areTokensEstimated)
    }

    @Test func reasoningThatIsCountedApartIsOutputToo() async throws {
        let body = Self.usage(
            #""prompt_tokens":10,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":317}"#)
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let price = Price(TokenRates(input: 1_000_000, output: 1_000_000))
        for (kind, output) in [("xai", Int64(319)), ("openai", 2)] {
            let rig = try await Self.rig(upstream, price: price, kind: kind)
            _ = try await rig.post()
            let outcome = await rig.outcomes.one()
            #expect(outcome.tokens?.output == output)
            #expect(outcome.costMicroUSD == 10 + output)
        }
    }

    @Test func whereNoTokensAreToldTheyAreEstimatedAndMarked() async throws {
        let said = String(repeating: "word ", count: 80)
        let body = #"{"choices":[{"message":{"content":"\#(said)"},"finish_reason":"stop"}]}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(body))
        let rig = try await Self.rig(upstream, price: Price(TokenRates(input: 1_000_000, output: 1_000_000)))
        _ = try await rig.post()
        let outcome = await rig.outcomes.one()
        #expect(outcome.areTokensEstimated)
        let tokens = try #require(outcome.tokens)
        // Four bytes to a token, of the whole request and of what was said.
        #expect(tokens.input == Int64((upstream.requests[0].body.count + 3) / 4))
        #expect((100...101).contains(tokens.output))
        #expect(outcome.costMicroUSD == tokens.input + tokens.output)
    }

    @Test func aStreamThatBreaksOffIsEstimatedByWhatWasSaid() async throws {
        let events = (0..<10).map { _ in ScriptedUpstream.delta("four") }
        let upstream = try ScriptedUpstream(ScriptedUpstream.events(events) + [.close])
        let rig = try await Self.rig(upstream, price: Price(TokenRates(input: 0, output: 1_000_000)))
        _ = try await rig.post(Rig.streamed)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream)
        #expect(outcome.areTokensEstimated)
        #expect(outcome.tokens?.output == 10)
        #expect(outcome.costMicroUSD == 10)
    }

    @Test func whatIsNotPaidByTextIsNotEstimated() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"results":[{"flagged":false}]}"#))
        let rig = try await Self.rig(upstream, price: Price(TokenRates(input: 1_000_000, output: 0)))
        _ = try await rig.post(#"{"model":"bot","input":"a"}"#, path: "/v1/moderations")
        let outcome = await rig.outcomes.one()
        #expect(outcome.tokens == nil)
        #expect(outcome.costMicroUSD == nil)
        #expect(!outcome.areTokensEstimated)
    }

    @Test func aModelWithoutAPriceHasTokensAndNoCost() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig(upstream, prices: PriceBook(Self.table([("another", nil, 1_000_000)])))
        _ = try await rig.post()
        let outcome = await rig.outcomes.one()
        #expect(outcome.tokens != nil)
        #expect(outcome.costMicroUSD == nil)
    }

    @Test func theModelVersionsOwnPriceStandsOverTheTable() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig(
            upstream, price: Price(TokenRates(input: 0, output: 0)),
            prices: PriceBook(Self.table([("m", nil, 1_000_000)])))
        _ = try await rig.post()
        #expect(await rig.outcomes.one().costMicroUSD == 0)
    }

    @Test func aPriceChangesAtItsMomentAndWithTheTable() async throws {
        let clock = HandClock()
        let begin = clock.now.milliseconds
        let prices = PriceBook(Self.table([("m", nil, 1_000_000), ("m", begin + 1_000, 2_000_000)]))
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig(upstream, prices: prices, clock: clock)
        _ = try await rig.post()
        clock.advance(milliseconds: 999)
        _ = try await rig.post()
        clock.advance(milliseconds: 1)
        _ = try await rig.post()
        prices.replace(with: Self.table([("m", nil, 3_000_000)]))
        _ = try await rig.post()
        prices.replace(with: .empty)
        _ = try await rig.post()
        let costs = await rig.outcomes.first(5).map(\.costMicroUSD)
        #expect(costs == [1_500, 1_500, 3_000, 4_500, nil])
    }
}
