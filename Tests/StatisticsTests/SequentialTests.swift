import Statistics
import Testing

struct SequentialTests {
    @Test func confidenceSequenceHasItsPublishedWidths() {
        let sequence = ConfidenceSequence(alpha: 0.05, plannedCount: 5000)
        #expect(abs(sequence.rho - 0.0398401) < 1e-6)
        #expect(abs(sequence.halfWidth(count: 1000, variance: 0.25) - 0.0531877) < 1e-6)
        #expect(abs(sequence.halfWidth(count: 10_000, variance: 0.25) - 0.0153074) < 1e-6)
        #expect(sequence.halfWidth(count: 0, variance: 1) == .infinity)
    }

    @Test func confidenceSequenceHoldsWhileItIsWatched() throws {
        var generator = SplitMix64(seed: 17)
        let sequence = ConfidenceSequence(alpha: 0.05, plannedCount: 1000)
        var missed = 0
        for _ in 0..<400 {
            var accumulator = MeanAccumulator()
            var held = true
            for n in 1...1500 {
                accumulator.add(generator.nextUnit())
                // Asymptotic: the first looks wait until the variance means something.
                if n >= 50, n % 10 == 0, let interval = sequence.interval(accumulator) {
                    held = held && interval.low <= 0.5 && 0.5 <= interval.high
                }
            }
            if !held { missed += 1 }
        }
        #expect(missed <= 32)
    }

    @Test func skewedSplitGivesThePublishedPValue() throws {
        var test = try #require(SampleRatioTest(weights: [1, 1]))
        test.observe([5200, 4800])
        #expect(abs(test.pValue - 0.00364786) < 1e-5)
        test.observe([5200, 5200])
        #expect(test.pValue < 0.004)
        #expect(SampleRatioTest(weights: [1]) == nil && SampleRatioTest(weights: [1, 0]) == nil)
    }

    @Test func rightSplitSeldomAlarmsHoweverOftenItIsLookedAt() throws {
        var generator = SplitMix64(seed: 23)
        var alarms = 0
        for _ in 0..<300 {
            var test = try #require(SampleRatioTest(weights: [0.9, 0.1]))
            var counts: [UInt64] = [0, 0]
            for n in 1...2000 {
                counts[generator.nextUnit() < 0.9 ? 0 : 1] += 1
                if n % 5 == 0 { test.observe(counts) }
            }
            if test.pValue < 0.05 { alarms += 1 }
        }
        #expect(alarms <= 24)
    }
}
