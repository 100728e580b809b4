import Support
import Testing

@testable import Batch

/// Which line is asked when: what concerns one line holds up no other, and what concerns all of them burns none.
@Suite struct LaneQueueTests {
    private static func seconds(_ count: Int) -> Duration { .seconds(count) }
    private static let hour = 3_600

    @Test func aLineThatIsAlwaysLimitedHoldsUpNoOtherAndGetsItsAnswerInTheEnd() {
        let settings = BatchSettings()
        var lane = LaneSimulation(1_000, settings)
        lane.run(until: Self.seconds(24 * Self.hour)) { number, _ in
            number == 1 ? LaneTrouble(.providerLimit, milliseconds: 1_000) : nil
        }
        #expect(lane.answered.count == 999 && Set(lane.gaveUp.keys) == [1])
        #expect(lane.asks[1] == settings.refusalsMax)
        // A thousand lines take thirteen seconds without it.
        let others = lane.answered.values.max() ?? .zero
        #expect(others < Self.seconds(30))
        #expect((lane.gaveUp[1] ?? .zero) > Self.seconds(Self.hour))
        // Not first each time: between its asks others have their turn.
        let places = lane.order.indices.filter { lane.order[$0] == 1 }.prefix(3)
        #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 > 1 })
    }

    @Test func aLineThatItsProviderFailsIsAskedForMinutesAndThenHasItsAnswer() {
        let settings = BatchSettings()
        var lane = LaneSimulation(50, settings)
        lane.run(until: Self.seconds(24 * Self.hour)) { number, _ in
            number == 50 ? LaneTrouble(.failure) : nil
        }
        #expect(lane.answered.count == 49 && lane.asks[50] == settings.triesMax)
        let end = lane.gaveUp[50] ?? .zero
        #expect(end > Self.seconds(300) && end < Self.seconds(Self.hour))
    }

    @Test(arguments: [LaneTrouble.Kind.provider, .failure, .providerLimit])
    func whatAllLinesMeetBurnsNoneOfThem(kind: LaneTrouble.Kind) {
        let outage = Self.seconds(12 * Self.hour)
        var lane = LaneSimulation(50_000)
        lane.run(until: outage) { _, _ in LaneTrouble(kind, milliseconds: kind == .providerLimit ? 1_000 : nil) }
        #expect(lane.gaveUp.isEmpty && lane.answered.isEmpty)
        #expect(lane.queue.isHeld)
        // Once a minute, but for the beginning, when the pauses grow.
        #expect(lane.order.count < 12 * 60 + 40)
        lane.run(until: outage + Self.seconds(2 * Self.hour)) { _, _ in nil }
        #expect(lane.answered.count == 50_000)
        #expect(!lane.queue.isHeld)
        // Within the wait of a lane or a line, and a tenth of a second for eight lines.
        #expect((lane.answered.values.max() ?? .zero) < outage + Self.seconds(300 + 60 + 1_000))
    }

    /// No other is answered after them, that would show that it is they and not their provider.
    @Test(arguments: [3, 8, 40]) func linesThatFailAndAreAllThatIsLeftHaveTheirAnswersLongBeforeTheWindowEnds(
        count: Int
    ) {
        let settings = BatchSettings()
        var lane = LaneSimulation(1_000, settings)
        lane.run(until: Self.seconds(24 * Self.hour)) { number, _ in
            number > 1_000 - count ? LaneTrouble(.failure) : nil
        }
        #expect(lane.answered.count == 1_000 - count && lane.gaveUp.count == count)
        #expect((lane.gaveUp.values.max() ?? .zero) < Self.seconds(8 * Self.hour))
        let asks = lane.gaveUp.keys.map { lane.asks[$0] ?? 0 }
        #expect(asks.allSatisfy { (settings.triesMax...100).contains($0) })
    }

    /// More batches than slots: each has a minute, and the next one its turn.
    @Test func howOftenALineWasAskedCountsOverTheTurnsOfItsBatch() {
        var lane = LaneSimulation(4)
        for turn in 1...(24 * 60) {
            lane.run(until: Self.seconds(turn * 60)) { number, _ in LaneTrouble(number == 4 ? .provider : .failure) }
            lane.turn()
        }
        #expect(Set(lane.gaveUp.keys) == [1, 2, 3] && lane.answered.isEmpty)
        #expect((lane.gaveUp.values.max() ?? .zero) < Self.seconds(8 * Self.hour))
    }

    /// A few lines alone, such as a small file.
    @Test(arguments: [LaneTrouble.Kind.provider, .failure, .providerLimit])
    func aFewLinesOutlastANightInWhichTheirProviderIsNotWell(kind: LaneTrouble.Kind) {
        let night = Self.seconds(5 * Self.hour)
        var lane = LaneSimulation(3)
        lane.run(until: night) { _, _ in LaneTrouble(kind) }
        lane.run(until: night + Self.seconds(Self.hour)) { _, _ in nil }
        #expect(lane.answered.count == 3 && lane.gaveUp.isEmpty)
    }

    /// Its funds are spent, its credential is refused, its limit is one of the day: what is asked says nothing of it.
    @Test(arguments: [LaneTrouble.Kind.provider, .providerLimit])
    func whatIsNoLinesDoingIsNoneOfItsTriesHoweverLongItTakes(kind: LaneTrouble.Kind) {
        let day = Self.seconds(23 * Self.hour)
        var lane = LaneSimulation(3)
        lane.run(until: day) { _, _ in LaneTrouble(kind) }
        lane.run(until: day + Self.seconds(Self.hour)) { _, _ in nil }
        #expect(lane.answered.count == 3 && lane.gaveUp.isEmpty)
    }

    /// Such as a deployment of two variants, one of which has a wrong credential.
    @Test func whatHalfOfTheLinesMeetHoldsUpTheOtherHalfLittle() {
        let repair = Self.seconds(6 * Self.hour)
        var random = SeededGenerator(seed: 11)
        let bad = Set((1...10_000).filter { _ in Bool.random(using: &random) })
        var lane = LaneSimulation(10_000)
        lane.run(until: repair) { number, _ in bad.contains(number) ? LaneTrouble(.provider) : nil }
        #expect(lane.gaveUp.isEmpty)
        #expect(lane.answered.count == 10_000 - bad.count)
        #expect((lane.answered.values.max() ?? .zero) < Self.seconds(3 * Self.hour))
        lane.run(until: repair + Self.seconds(6 * Self.hour)) { _, _ in nil }
        // More than wait in memory: those are read again.
        #expect(bad.count > LaneQueue.waitingMax)
        #expect(lane.answered.count == 10_000)
    }

    @Test func aLimitOfOurOwnIsWaitedForAsLongAsItSaysAndNeverCounts() {
        var lane = LaneSimulation(300)
        // One line each second.
        var next = Duration.zero
        lane.run(until: Self.seconds(Self.hour)) { _, at in
            guard at < next else {
                next = at + .seconds(1)
                return nil
            }
            let left = (next - at).components
            return LaneTrouble(.limit, milliseconds: left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000)
        }
        #expect(lane.answered.count == 300 && lane.gaveUp.isEmpty)
        #expect((lane.answered.values.max() ?? .zero) < Self.seconds(400))
    }

    @Test func linesThatFailTogetherAreOnePauseAndTheNextIsAProbeOfOne() {
        var settings = BatchSettings()
        settings.concurrency = 64
        var lane = LaneSimulation(1_000, settings)
        lane.run(until: .milliseconds(50)) { _, _ in LaneTrouble(.provider) }
        #expect(lane.order.count == 64 && lane.mostAtOnce == 64)
        #expect(lane.queue.isOutage && lane.queue.width == 1)
        lane.run(until: .milliseconds(1_150)) { _, _ in LaneTrouble(.provider) }
        #expect(lane.order.count == 65)
        lane.run(until: .milliseconds(3_000)) { _, _ in LaneTrouble(.provider) }
        #expect(lane.order.count == 65)
    }

    @Test func aStoreThatCannotBeReadIsReadAgainAndNothingIsLost() {
        var queue = LaneQueue(BatchSettings())
        let now = ContinuousClock.now
        let due = now.advanced(by: .milliseconds(1_000))
        let again = due.advanced(by: .milliseconds(1_000))
        let line = BatchLine(number: 3, customID: "a", model: "bot", start: 0, length: 1)
        var steps = [queue.next(at: now)]
        queue.cannotRead(at: now)
        steps += [queue.next(at: now), queue.next(at: due)]
        queue.add([line])
        steps.append(queue.next(at: due))
        #expect(steps == [.read(after: 0), .wait(until: due), .read(after: 0), .line(line)])
        // Its body could not be read.
        let isAskedAgain = queue.putBack(line, .store, at: due)
        #expect(isAskedAgain)
        steps = [queue.next(at: due)]
        queue.add([])
        steps += [queue.next(at: due), queue.next(at: again)]
        queue.answered(line)
        steps.append(queue.next(at: again))
        #expect(steps == [.read(after: 3), .wait(until: again), .line(line), .nothing])
    }

    /// Whatever lines meet, each has one end.
    @Test(arguments: 0..<40) func noLineIsLostOrHasTwoEnds(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var settings = BatchSettings()
        settings.concurrency = Int.random(in: 1...20, using: &random)
        let count = Int.random(in: 1...1_500, using: &random)
        let share = Double.random(in: 0...0.8, using: &random)
        let poison = Set((0..<3).map { _ in Int.random(in: 1...count, using: &random) })
        var lane = LaneSimulation(count, settings)
        lane.run(until: Self.seconds(240 * Self.hour)) { number, _ in
            if poison.contains(number) { return LaneTrouble(.failure) }
            guard Double.random(in: 0..<1, using: &random) < share else { return nil }
            let kind = [LaneTrouble.Kind.limit, .providerLimit, .provider, .store].randomElement(using: &random)
            return LaneTrouble(kind ?? .limit, milliseconds: Bool.random(using: &random) ? 500 : nil)
        }
        #expect(Set(lane.answered.keys).isDisjoint(with: lane.gaveUp.keys))
        #expect(lane.answered.count + lane.gaveUp.count == count)
        #expect(poison.isDisjoint(with: lane.answered.keys))
        #expect(lane.mostAtOnce <= settings.concurrency)
    }
}
