import Statistics
import Testing

struct ProportionSequenceTests {
    /// Published by confseq (Howard et al.): 95%.
    @Test(arguments: [
        (700, 1000, 100, 0.651629, 0.745949), (15, 50, 50, 0.129556, 0.511896), (5, 50, 50, 0.013021, 0.269264),
    ])
    func boundsAreThePublishedOnes(successes: Int, trials: Int, tightestAt: Int, low: Double, high: Double) {
        let interval = ProportionInterval.sequence(successes: successes, trials: trials, tightestAt: tightestAt)
        #expect(abs(interval.low - low) < 1e-5 && abs(interval.high - high) < 1e-5)
        #expect(interval.value == Double(successes) / Double(trials))
    }

    @Test func mixturesGiveThePublishedNumbers() {
        let precision = NormalMixture.precision(tightestAt: 100, alpha: 0.05)
        #expect(abs(precision - 12.60056) < 1e-5)
        #expect(abs(NormalMixture.bound(at: 100, precision: precision, alpha: 0.05) - 30.35209) < 1e-5)
        let mixture = BetaBinomialMixture(tightestAt: 100, alpha: 0.05, below: 0.2, above: 0.8)
        #expect(abs(mixture.logEvidence(sum: 10, time: 100) + 0.6941012) < 1e-6)
        // The published bound 31.4308 is where the evidence reaches 1/α.
        #expect(abs(mixture.logEvidence(sum: 31.4308, time: 100) - 2.995732) < 1e-4)
    }

    @Test func endsAreExactAndTheTwoSidesMirrorEachOther() {
        for trials in [1, 2, 7, 100, 5000, 1_000_000] {
            let none = ProportionInterval.sequence(successes: 0, trials: trials)
            let all = ProportionInterval.sequence(successes: trials, trials: trials)
            #expect(none.low == 0 && all.high == 1)
            #expect(abs(none.high - (1 - all.low)) < 1e-12)
            // A single trial refutes nothing at this level.
            #expect(none.high > 0 && (none.high < 1) == (trials > 1))
        }
        #expect(ProportionInterval.sequence(successes: 0, trials: 0) == ProportionInterval(low: 0, high: 1, value: 0))
    }

    @Test func truthIsCoveredAtAllTimesAtOnceWhereWilsonIsNot() {
        var generator = SplitMix64(seed: 12)
        var missed = 0
        var missedByWilson = 0
        for _ in 0..<300 {
            var successes = 0
            var isMissed = false
            var isMissedByWilson = false
            for trial in 1...400 {
                if generator.nextUnit() < 0.8 { successes += 1 }
                guard trial % 8 == 0 else { continue }
                let interval = ProportionInterval.sequence(successes: successes, trials: trial)
                isMissed = isMissed || interval.low > 0.8 || interval.high < 0.8
                let wilson = ProportionInterval.wilson(successes: successes, trials: trial)
                isMissedByWilson = isMissedByWilson || wilson.low > 0.8 || wilson.high < 0.8
            }
            if isMissed { missed += 1 }
            if isMissedByWilson { missedByWilson += 1 }
        }
        // 15 expected at most, and four standard deviations of chance.
        #expect(missed <= 30)
        #expect(missedByWilson > 50)
    }
}
