import Statistics
import Testing

struct ProportionIntervalTests {
    /// Golden values from Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
    ])
    func wilsonEqualsThePublishedIntervals(successes: Int, trials: Int, low: Double, high: Double) {
        let interval = ProportionInterval.wilson(successes: successes, trials: trials)
        #expect(abs(interval.low - low) < 6e-5)
        #expect(abs(interval.high - high) < 6e-5)
    }

    @Test func theEndsAreExactAndNothingObservedSaysNothing() {
        #expect(ProportionInterval.wilson(successes: 0, trials: 7).low == 0)
        #expect(ProportionInterval.wilson(successes: 7, trials: 7).high == 1)
        #expect(ProportionInterval.wilson(successes: 0, trials: 0) == ProportionInterval(low: 0, high: 1, value: 0))
    }

    @Test func wilsonCoversAtAboutItsConfidence() {
        var generator = SplitMix64(seed: 4)
        var covered = 0
        for _ in 0..<4000 {
            let successes = (0..<60).count { _ in generator.nextUnit() < 0.9 }
            let interval = ProportionInterval.wilson(successes: successes, trials: 60)
            if interval.low <= 0.9, 0.9 <= interval.high { covered += 1 }
        }
        #expect((0.93...0.97).contains(Double(covered) / 4000))
    }
}
