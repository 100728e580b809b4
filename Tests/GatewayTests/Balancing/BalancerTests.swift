import Domain
import Reactor
import Support
import Testing

@testable import Gateway

/// What comes of a policy in thousands of calls: on a clock of the test's own, with numbers that are always the same.
@Suite struct BalancerTests {
    private static func price(_ microUSD: Int64) -> Price {
        Price(TokenRates(input: microUSD, output: microUSD))
    }

    /// Around `mean` milliseconds, one in ten of them four times that.
    private static func answer(_ mean: Double, _ random: inout SeededGenerator) -> (Double, UpstreamLoad.Ending) {
        let draw = Double(random.next() >> 11) * 0x1p-53
        return (draw < 0.1 ? mean * 4 : mean * (0.5 + draw), .answered)
    }

    @Test func byWeightUnitsStayWhereTheyAreAndTheSharesAreTheWeights() {
        let fleet = Fleet(.weighted, shares: [70, 20, 10], count: 3)
        var counts = [0, 0, 0]
        for unit in 0..<20_000 { counts[fleet.choose(unit: "user-\(unit)")] += 1 }
        for (count, share) in zip(counts, [0.7, 0.2, 0.1]) { #expect(abs(Double(count) / 20_000 - share) < 0.01) }
        for unit in 0..<100 {
            let place = fleet.choose(unit: "user-\(unit)")
            #expect((0..<5).allSatisfy { _ in fleet.choose(unit: "user-\(unit)") == place })
            // Who is on one of those that are left stays there.
            let others = [0, 1, 2].filter { $0 != (place + 1) % 3 }
            let now = MonotonicInstant(nanoseconds: 0)
            #expect(fleet.balancer.choose(others, unit: "user-\(unit)", isStream: false, at: now) == place)
        }
    }

    @Test func thatWithoutAShareServesWhenNoOtherCan() {
        let fleet = Fleet(.weighted, shares: [100, 0], count: 2)
        #expect((0..<100).allSatisfy { fleet.choose(unit: "user-\($0)") == 0 })
        let now = MonotonicInstant(nanoseconds: 0)
        #expect(fleet.balancer.choose([1], unit: "user-1", isStream: false, at: now) == 1)
    }

    @Test func thePowerOfTwoChoicesKeepsTheMostThatAreOutstandingLow() {
        // Ten upstreams that are each busy half of the time, were they served one by one.
        let service: Fleet.Service = { _, _, random in Self.answer(90, &random) }
        let chosen = Fleet(.leastOutstanding, count: 10)
        chosen.serve(every: Fleet.second / 50, until: 200 * Fleet.second, service)
        let drawn = Fleet(.weighted, shares: [Double](repeating: 10, count: 10), count: 10)
        drawn.serve(every: Fleet.second / 50, until: 200 * Fleet.second, service)
        let most = (chosen.outstandingMax.max() ?? 0, drawn.outstandingMax.max() ?? 0)
        #expect(most.0 <= 4)
        #expect(most.1 >= most.0 + 2)
        // And it is fair to all of them.
        for share in chosen.shares() { #expect(abs(share - 0.1) < 0.02) }
    }

    @Test func oneSlowUpstreamOfThreeGetsLittleOfTheTraffic() {
        // 100 ms, 100 ms, and a second.
        let service: Fleet.Service = { place, _, random in Self.answer(place == 2 ? 1_000 : 100, &random) }
        let swift = Fleet(.latency, count: 3)
        swift.serve(callers: 20, until: 120 * Fleet.second, service)
        let shares = swift.shares(from: 5 * Fleet.second)
        #expect(shares[2] < 0.06)
        #expect(abs(shares[0] - shares[1]) < 0.05)
        let even = Fleet(.leastOutstanding, count: 3)
        even.serve(callers: 20, until: 120 * Fleet.second, service)
        #expect(even.shares(from: 5 * Fleet.second)[2] > shares[2])
        // It is asked now and then all the same, or nobody would learn that it is well again.
        #expect(swift.calls.contains { $0.place == 2 && $0.begin > 100 * Fleet.second })
    }

    @Test func whoIsFastAgainGetsItsShareBack() {
        let fleet = Fleet(.latency, count: 3)
        fleet.serve(callers: 20, until: 180 * Fleet.second) { place, now, random in
            Self.answer(place == 2 && now < 60 * Fleet.second ? 1_000 : 100, &random)
        }
        #expect(fleet.shares(from: 30 * Fleet.second, to: 60 * Fleet.second)[2] < 0.06)
        #expect(fleet.shares(from: 120 * Fleet.second)[2] > 0.25)
    }

    @Test func failingFastIsNotTakenForAnsweringFast() {
        let fleet = Fleet(.latency, count: 3)
        fleet.serve(callers: 20, until: 120 * Fleet.second) { place, _, random in
            place == 2 ? (1, .failed) : Self.answer(100, &random)
        }
        #expect(fleet.shares(from: 5 * Fleet.second)[2] < 0.05)
    }

    @Test func refusingFastIsNotTakenForAnsweringFast() {
        let fleet = Fleet(.latency, count: 3)
        fleet.serve(callers: 20, until: 120 * Fleet.second) { place, now, random in
            place == 2 && now > 30 * Fleet.second ? (1, .refused) : Self.answer(100, &random)
        }
        #expect(fleet.shares(from: 60 * Fleet.second)[2] < 0.4)
        // Nor where it has never answered anything.
        let other = Fleet(.latency, count: 3)
        other.serve(callers: 20, until: 60 * Fleet.second) { place, _, random in
            place == 2 ? (1, .refused) : Self.answer(100, &random)
        }
        #expect(other.shares()[2] < 0.4)
    }

    @Test func refusalsSayNothingOfHowFastAnUpstreamIs() {
        let load = UpstreamLoad()
        let now = MonotonicInstant(nanoseconds: 1)
        load.observe(.answered, 300_000_000, isStream: false, at: now)
        load.observe(.refused, 1_000_000, isStream: false, at: now)
        #expect(load.reading(isStream: false, at: now).latency == 300_000_000)
        // A call that was given up tells that it takes so long at least.
        load.observe(.cancelled, 100_000_000, isStream: false, at: now)
        #expect(load.reading(isStream: false, at: now).latency == 300_000_000)
        load.observe(.cancelled, 900_000_000, isStream: false, at: now)
        #expect(load.reading(isStream: false, at: now).latency == 900_000_000)
        #expect(load.reading(isStream: true, at: now).latency == 0)
    }

    @Test func anAverageJumpsUpAtOnceAndComesDownByAndBy() {
        var average = PeakAverage()
        #expect(average.value(at: 0) == 0)
        average.observe(100, at: 10)
        #expect(average.value(at: 10) == 100)
        average.observe(1_000, at: 10)
        #expect(average.value(at: 10) == 1_000)
        average.observe(100, at: 10)
        #expect(average.value(at: 10) == 1_000)
        let later = 10 + UInt64(PeakAverage.decayTime)
        #expect(abs(average.value(at: later) - 367.9) < 0.1)
        average.observe(100, at: later)
        #expect(abs(average.value(at: later) - 431.1) < 0.1)
        // Instants of several loops need not come in order.
        average.observe(100, at: 5)
        #expect(average.value(at: later) > 100)
        #expect(average.value(at: later + 40 * UInt64(PeakAverage.decayTime)) < 1e-9)
    }

    @Test func oneOfWhichNothingIsKnownIsAskedOnceUntilItAnswers() {
        let fleet = Fleet(.latency, count: 2)
        let known = fleet.balancer.plans[0].health.load
        let unknown = fleet.balancer.plans[1].health.load
        known.observe(.answered, 1_000_000, isStream: false, at: MonotonicInstant(nanoseconds: 1))
        #expect((0..<20).allSatisfy { _ in fleet.choose(at: 1) == 1 })
        unknown.begin()
        #expect((0..<20).allSatisfy { _ in fleet.choose(at: 1) == 0 })
        unknown.observe(.answered, 500_000, isStream: false, at: MonotonicInstant(nanoseconds: 2))
        unknown.end()
        #expect((0..<20).allSatisfy { _ in fleet.choose(at: 2) == 1 })
    }

    @Test func theCheapestComesFirstAndUnknownPricesLast() {
        let prices = [nil, Self.price(3_000_000), Self.price(1_000_000), Self.price(3_000_000)]
        let fleet = Fleet(.cost, prices: prices, count: 4)
        #expect(fleet.balancer.byCost == [2, 1, 3, 0])
        #expect(fleet.choose() == 2)
        let now = MonotonicInstant(nanoseconds: 0)
        #expect(fleet.balancer.choose([0, 1, 3], unit: "u", isStream: false, at: now) == 1)
        #expect(fleet.balancer.choose([0, 3], unit: "u", isStream: false, at: now) == 3)
        // What is written weighs as well as what is read: dear answers make a cheap input dear.
        let dearAnswers = Price(TokenRates(input: 500_000, output: 40_000_000))
        #expect(Fleet(.cost, prices: [dearAnswers, Self.price(3_000_000)], count: 2).balancer.byCost == [1, 0])
    }

    @Test func drawsAreEvenAndTheSameForTheSameSeed() {
        let dice = Dice(seed: 3)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[dice.below(7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
        let (first, second) = (Dice(seed: 9), Dice(seed: 9))
        #expect((0..<100).allSatisfy { _ in first.below(1_000) == second.below(1_000) })
    }
}
