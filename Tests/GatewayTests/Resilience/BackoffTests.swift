import Support
import Testing

@testable import Gateway

@Suite struct BackoffTests {
    @Test func waitsAreDrawnFromAllOfABoundThatDoubles() {
        let backoff = Backoff(baseMilliseconds: 100, maxMilliseconds: 1_000)
        let dice = Dice(seed: 7)
        for (retry, bound) in [100, 200, 400, 800, 1_000, 1_000].enumerated() {
            let waits = (0..<2_000).map { _ in Double(backoff.wait(before: retry, dice.fraction())) / 1e6 }
            #expect(waits.allSatisfy { (0...Double(bound)).contains($0) })
            // Full jitter: the mean is half of the bound, and both ends are reached.
            let mean = waits.reduce(0, +) / Double(waits.count)
            #expect(abs(mean - Double(bound) / 2) < Double(bound) * 0.03, "retry \(retry)")
            #expect(waits.contains { $0 < Double(bound) * 0.05 } && waits.contains { $0 > Double(bound) * 0.95 })
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, 5, 64, 1 << 40, .max])
    func noRetryIsTooLateForIt(retry: Int) {
        for (base, most) in [(1, 600_000), (60_000, 600_000), (500, 1), (0, 0)] {
            let wait = Backoff(baseMilliseconds: base, maxMilliseconds: most).wait(before: retry, 1)
            #expect(wait <= UInt64(most) * 1_000_000)
        }
    }

    @Test func whatTheProviderAskedForIsTheLeast() {
        let backoff = Backoff(baseMilliseconds: 50, maxMilliseconds: 1_000)
        let dice = Dice(seed: 1)
        for _ in 0..<500 {
            let wait = backoff.wait(asked: 2_000_000_000, before: 0, dice.fraction())
            #expect((2_000_000_000...2_050_000_000).contains(wait))
        }
        // Who asks for nothing does not take the doubling away.
        for retry in 0..<4 {
            #expect(backoff.wait(asked: 0, before: retry, 0.5) >= backoff.wait(before: retry, 0.5))
        }
    }

    @Test func equalSeedsDrawEqualFractions() {
        let (first, second, other) = (Dice(seed: 3), Dice(seed: 3), Dice(seed: 4))
        let drawn = (0..<100).map { _ in first.fraction() }
        #expect(drawn == (0..<100).map { _ in second.fraction() })
        #expect(drawn != (0..<100).map { _ in other.fraction() })
        #expect(drawn.allSatisfy { (0..<1).contains($0) })
    }
}
