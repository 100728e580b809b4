import Statistics
import Testing

struct DistributionTests {
    @Test(arguments: [
        (0.975, 1.959963984540054), (0.995, 2.5758293035489004), (1e-10, -6.361340902404056), (0.5, 0.0),
        (0.6, 0.2533471031357997),
    ])
    func normalQuantilesAreTheTabulatedOnes(p: Double, z: Double) {
        #expect(abs(NormalDistribution.quantile(p) - z) < 1e-12)
        #expect(abs(NormalDistribution.cumulative(z) - p) < 1e-14)
    }

    @Test(arguments: [
        (0.975, 1.0, 12.706204736432095), (0.975, 4.0, 2.7764451051977987), (0.995, 30.0, 2.7499956535672357),
        (0.025, 10.0, -2.2281388519649385),
    ])
    func studentQuantilesAreTheTabulatedOnes(p: Double, freedom: Double, t: Double) {
        #expect(abs(StudentDistribution.quantile(p, freedom: freedom) - t) < 1e-8)
    }

    @Test func studentBecomesNormalWithManyDegreesOfFreedom() {
        #expect(abs(StudentDistribution.quantile(0.975, freedom: 1e8) - 1.959963984540054) < 1e-6)
    }

    /// First outputs for seed 1234567, from the reference implementation of Vigna.
    @Test func splitMixGivesTheReferenceNumbers() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test func meanIntervalIsStudentsAndMergingEqualsOneStream() throws {
        var whole = MeanAccumulator()
        var parts = [MeanAccumulator(), MeanAccumulator()]
        for (index, value) in [5.1, 4.9, 6.2, 5.5, 5.3].enumerated() {
            whole.add(value)
            parts[index % 2].add(value)
        }
        parts[0].merge(parts[1])
        let interval = try #require(whole.interval())
        // 5.4 ± 2.776445 · 0.5 / √5
        #expect(abs(interval.low - 4.779165) < 1e-5 && abs(interval.high - 6.020835) < 1e-5)
        #expect(abs(try #require(parts[0].mean) - 5.4) < 1e-12)
        #expect(abs(try #require(parts[0].variance) - 0.25) < 1e-12)
    }

    @Test func varianceSurvivesAFarAwayMean() throws {
        var accumulator = MeanAccumulator()
        for value in [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16] { accumulator.add(value) }
        #expect(try #require(accumulator.variance) == 30)
    }
}
