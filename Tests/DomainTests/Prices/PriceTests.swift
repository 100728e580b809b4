import Domain
import Support
import Testing

@Suite struct PriceTests {
    private static func tokens(_ input: Int64, _ output: Int64) -> Outcome.Tokens {
        .init(input: input, output: output)
    }

    @Test(
        arguments: [(10, 5, 5, 5), (3, 0, 0, 1), (4, 0, 1, 1), (0, 0, 0, 0), (1, 1, 1, 1), (7, 1, 2, 2)]
            as [(Int64, Int64, Int64, Int64)])
    func aCostIsRoundedOnceToTheNearestAndAChargeUpwards(input: Int64, output: Int64, cost: Int64, charge: Int64) {
        // 10 × 0.15 + 5 × 0.6 = 4.5: half of one goes upwards; 3 × 0.15 = 0.45 is not seen, and is charged.
        let price = Price(TokenRates(input: 150_000, output: 600_000))
        #expect(price.cost(Self.tokens(input, output)) == cost)
        #expect(price.charge(Self.tokens(input, output)) == charge)
    }

    @Test func everyKindOfTokenHasItsPriceOrThatOfItsWhole() {
        let all = Price(
            TokenRates(
                input: 1_000_000, cachedInput: 100_000, cacheWrite: 2_000_000, output: 5_000_000, reasoning: 7_000_000))
        let tokens = Outcome.Tokens(input: 1_000, output: 100, cached: 500, cacheWritten: 200, reasoning: 40)
        #expect(all.cost(tokens) == 1_330)
        let plain = Price(TokenRates(input: 1_000_000, output: 5_000_000))
        #expect(plain.cost(tokens) == 1_500)
    }

    @Test func whatIsCachedForAnHourHasAPriceOfItsOwn() {
        var tokens = Outcome.Tokens(input: 1_000, output: 0, cacheWritten: 200)
        tokens.cacheWrittenLong = 150
        let short = TokenRates(input: 1_000_000, cacheWrite: 1_250_000, output: 0)
        #expect(Price(short).cost(tokens) == 1_050)
        let long = TokenRates(input: 1_000_000, cacheWrite: 1_250_000, cacheWriteLong: 2_000_000, output: 0)
        #expect(Price(long).cost(tokens) == 1_163, "1162.5")
        #expect(Price(long).ceiling(input: 1_000, output: 0) == 2_000)
        tokens.cacheWrittenLong = 999
        #expect(Price(long).cost(tokens) == 1_200, "no more than all that was written")
    }

    @Test func partsThatAreMoreThanTheWholeGiveNothingBack() {
        let price = Price(TokenRates(input: 1_000_000, cachedInput: 0, cacheWrite: 0, output: 1_000_000, reasoning: 0))
        #expect(price.cost(.init(input: 10, output: 10, cached: 99, cacheWritten: 99, reasoning: 99)) == 0)
        #expect(price.cost(.init(input: 10, output: 10, cached: -5, cacheWritten: -5, reasoning: -5)) == 20)
    }

    @Test func aLongInputHasPricesOfItsOwnOrNone() {
        let rates = TokenRates(input: 1_000_000, output: 2_000_000)
        let long = TokenRates(input: 2_000_000, output: 3_000_000)
        let known = Price(rates, longInput: .init(above: 100, rates: long))
        #expect(known.cost(Self.tokens(100, 10)) == 120)
        #expect(known.cost(Self.tokens(101, 10)) == 232)
        let unknown = Price(rates, longInput: .init(above: 100, rates: nil))
        #expect(unknown.cost(Self.tokens(100, 10)) == 120)
        #expect(unknown.cost(Self.tokens(101, 10)) == nil)
        #expect(unknown.ceiling(input: 101, output: 10) == nil)
    }

    @Test func whatDoesNotFitHasNoCost() {
        let price = Price(TokenRates(input: 150_000, output: 600_000))
        #expect(price.cost(Self.tokens(.max, 1)) == nil)
        #expect(price.charge(Self.tokens(1, .max)) == nil)
        #expect(price.ceiling(input: .max, output: .max) == nil)
        #expect(Price(TokenRates(input: 1, output: 1)).cost(Self.tokens(.max, 0)) == nil)
    }

    @Test func noUsageWithinTheEstimateIsChargedMoreThanItsCeiling() {
        var random = SeededGenerator(seed: 20_261_121)
        for _ in 0..<20_000 {
            func rate() -> Int64 { Int64.random(in: 0...100_000_000, using: &random) }
            func maybe() -> Int64? { Bool.random(using: &random) ? rate() : nil }
            func rates() -> TokenRates {
                TokenRates(
                    input: rate(), cachedInput: maybe(), cacheWrite: maybe(), cacheWriteLong: maybe(), output: rate(),
                    reasoning: maybe())
            }
            let price = Price(
                rates(), longInput: Bool.random(using: &random) ? .init(above: 5_000, rates: rates()) : nil)
            let most = (
                input: Int64.random(in: 0...10_000, using: &random),
                output: Int64.random(in: 0...10_000, using: &random)
            )
            let used = Outcome.Tokens(
                input: Int64.random(in: 0...most.input, using: &random),
                output: Int64.random(in: 0...most.output, using: &random),
                cached: Int64.random(in: 0...most.input, using: &random),
                cacheWritten: Int64.random(in: 0...most.input, using: &random),
                reasoning: Int64.random(in: 0...most.output, using: &random))
            let charge = price.charge(used) ?? -1
            #expect(charge >= price.cost(used) ?? .max)
            #expect(charge - (price.cost(used) ?? .min) <= 1)
            #expect(charge <= price.ceiling(input: most.input, output: most.output) ?? -1)
        }
    }
}
