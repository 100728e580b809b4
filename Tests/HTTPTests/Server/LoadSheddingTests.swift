import Support
import Testing

@testable import HTTP

/// The controller of overload as a pure value, with time told to it: milliseconds here, nanoseconds there.
@Suite struct LoadSheddingTests {
    @Test func busyLoopWithinItsTargetShedsNothing() {
        let trial = SheddingTrial()
        #expect(trial.turns(count: 10_000, of: 19) == 0)
        #expect(trial.shedding.share == 0)
    }

    @Test func burstThatIsWorkedOffWithinTheIntervalShedsNothing() {
        let trial = SheddingTrial()
        for _ in 0..<50 {
            #expect(trial.turns(count: 1, of: 90) == 0)
            #expect(trial.turns(count: 10, of: 1) == 0)
        }
    }

    @Test func processThatWasStoppedForASecondShedsNothingAfterIt() {
        let trial = SheddingTrial()
        #expect(trial.turns(count: 200, of: 2) == 0)
        #expect(trial.turns(count: 1, of: 1_000) == 0)
        #expect(trial.turns(count: 200, of: 2) == 0)
        // Nor when the stop is the first that it sees.
        let other = SheddingTrial()
        #expect(other.turns(count: 1, of: 1_000) == 0)
        #expect(other.turns(count: 200, of: 2) == 0)
    }

    @Test func queueThatStandsIsShedWithinTwoIntervals() {
        let trial = SheddingTrial()
        _ = trial.turns(count: 5, of: 45)
        #expect(trial.shedding.share > 2_000)
        // More than twice the target behind: all of it.
        #expect(trial.turns(count: 10, of: 45) == 10)
    }

    @Test func shareIsSpreadEvenly() {
        let trial = SheddingTrial()
        // Two intervals a little above the target, and what they say of the share.
        while trial.shedding.share < 2_000 { _ = trial.turns(count: 1, of: 25) }
        let share = trial.shedding.share
        var gaps: [Int] = []
        var gap = 0
        for _ in 0..<1_000 {
            gap += 1
            if trial.shedding.sheds() {
                gaps.append(gap)
                gap = 0
            }
        }
        #expect(abs(gaps.count - share / 10) <= 1)
        #expect(gaps.dropFirst().allSatisfy { abs($0 - LoadShedding.whole / share) <= 1 })
    }

    /// Arrivals that nobody holds back, at a multiple of what the loop can do: a turn's work is what arrived in the one
    /// before it. A tenth of an answer's cost is that of a refusal.
    @Test(arguments: [1.3, 2.0, 4.0])
    func steadyOverloadIsShedToWhatCanBeDone(load: Double) {
        let trial = SheddingTrial()
        var generator = SeededGenerator(seed: 17)
        var delay = 1.0
        var (seen, shed, late) = (0, 0, 0)
        let arrivalsPerMillisecond = 40.0
        while trial.now < SheddingTrial.start + 60_000 * SheddingTrial.millisecond {
            _ = trial.shedding.observe(delay: UInt64(delay * 1e6), at: trial.now)
            // What arrived while the loop was busy, but no more than there are connections.
            let arrived = min(delay * arrivalsPerMillisecond, 5_000) * Double.random(in: 0.9...1.1, using: &generator)
            var work = 0.2
            let isSettled = trial.now > SheddingTrial.start + 5_000 * SheddingTrial.millisecond
            for _ in 0..<Int(arrived) {
                let isShed = trial.shedding.sheds()
                work += (isShed ? 0.1 : 1) * load / arrivalsPerMillisecond
                if isSettled {
                    seen += 1
                    if isShed { shed += 1 }
                }
            }
            if isSettled, work > 8 * 20 { late += 1 }
            delay = work
            trial.now += UInt64(work * 1e6)
        }
        // At a load of L with refusals at a tenth: L·(1 − p + p/10) = 1.
        let ideal = (1 - 1 / load) / 0.9
        let share = Double(shed) / Double(seen)
        #expect(share > 0.6 * ideal && share < ideal + 0.35)
        #expect(late <= 10)
    }

    @Test func sheddingEndsWhenTheLoadDoesAndAfterAPauseAtOnce() {
        let trial = SheddingTrial()
        _ = trial.turns(count: 40, of: 60)
        #expect(trial.shedding.share == LoadShedding.whole)
        let paused = trial.copy()
        // Down slowly: by a thirty-second of the whole in each interval.
        _ = trial.turns(count: 5_000, of: 1)
        #expect(trial.shedding.share == 0)
        paused.now += 2_000 * SheddingTrial.millisecond
        #expect(paused.turns(count: 100, of: 1) == 0)
    }
}
