import Reactor
import Support
import Testing

@testable import Gateway

@Suite struct AnswerTimesTests {
    private static let millisecond: UInt64 = 1_000_000

    private static func at(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: UInt64((seconds + 1) * 1e9))
    }

    @Test func aQuantileIsKnownByAFewAnswersBeyondIt() {
        let times = AnswerTimes()
        #expect(times.quantile(0.95, isStream: false, at: Self.at(0)) == nil)
        for count in 1...99 { times.observe(UInt64(count) * Self.millisecond, isStream: false, at: Self.at(0)) }
        #expect(times.quantile(0.95, isStream: false, at: Self.at(0)) == nil)
        #expect(times.quantile(0.5, isStream: false, at: Self.at(0)) != nil)
        times.observe(100 * Self.millisecond, isStream: false, at: Self.at(0))
        #expect(times.count(isStream: false, at: Self.at(0)) == 100)
        // Streams begin earlier than whole answers end.
        #expect(times.quantile(0.5, isStream: true, at: Self.at(0)) == nil)
        // Twenty at least, whichever the quantile.
        let few = AnswerTimes()
        for _ in 0..<19 { few.observe(Self.millisecond, isStream: true, at: Self.at(0)) }
        #expect(few.quantile(0.5, isStream: true, at: Self.at(0)) == nil)
        few.observe(Self.millisecond, isStream: true, at: Self.at(0))
        #expect(few.quantile(0.5, isStream: true, at: Self.at(0)) != nil)
    }

    @Test(arguments: [(1, 0.5), (2, 0.9), (3, 0.95), (4, 0.99), (5, 0.75)])
    func whatIsReadIsNeverLessAndASixteenthMoreAtMost(seed: Int, quantile: Double) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let times = AnswerTimes()
        var all: [UInt64] = []
        for _ in 0..<900 {
            // From 10 µs to about an hour.
            let exponent = Double(UInt64.random(in: 0..<28_000, using: &random)) / 1_000
            var elapsed = 10_000.0
            for _ in 0..<Int(exponent) { elapsed *= 2 }
            let value = UInt64(elapsed * (1 + exponent.truncatingRemainder(dividingBy: 1)))
            all.append(value)
            times.observe(value, isStream: false, at: Self.at(1))
        }
        all.sort()
        let exact = all[all.count - 1 - Int(Double(all.count) * (1 - quantile) + 1e-6)]
        let read = try #require(times.quantile(quantile, isStream: false, at: Self.at(2)))
        #expect(read >= exact)
        // The first buckets are as wide as the unit.
        #expect(Double(read) <= Double(exact) * 1.0626 + 65_536)
    }

    @Test func whatIsLongPastIsForgotten() {
        let times = AnswerTimes()
        for _ in 0..<200 { times.observe(900 * Self.millisecond, isStream: false, at: Self.at(0)) }
        #expect((times.quantile(0.95, isStream: false, at: Self.at(299)) ?? 0) > 800 * Self.millisecond)
        // The span before counts beside this one.
        for _ in 0..<200 { times.observe(10 * Self.millisecond, isStream: false, at: Self.at(301)) }
        #expect((times.quantile(0.95, isStream: false, at: Self.at(301)) ?? 0) > 800 * Self.millisecond)
        #expect((times.quantile(0.95, isStream: false, at: Self.at(610)) ?? .max) < 12 * Self.millisecond)
        // After a pause nothing is known.
        #expect(times.quantile(0.95, isStream: false, at: Self.at(5_000)) == nil)
        #expect(times.count(isStream: false, at: Self.at(5_000)) == 0)
    }

    @Test func aThousandAnswersAreEnoughToForgetTheThousandBefore() {
        let times = AnswerTimes()
        for _ in 0..<1_000 { times.observe(900 * Self.millisecond, isStream: true, at: Self.at(0)) }
        for _ in 0..<2_001 { times.observe(10 * Self.millisecond, isStream: true, at: Self.at(1)) }
        #expect((times.quantile(0.95, isStream: true, at: Self.at(1)) ?? .max) < 12 * Self.millisecond)
    }

    /// Who is given up at the quantile would have been beyond it: were only answers counted, each hedge would bring the
    /// next one forward.
    @Test func whatIsGivenUpDoesNotBringTheQuantileForward() throws {
        var random = SeededGenerator(seed: 11)
        let times = AnswerTimes()
        for round in 0..<12_000 {
            let now = Self.at(Double(round) / 50)
            let took = UInt64.random(in: 1...100, using: &random) * Self.millisecond
            let delay = times.quantile(0.95, isStream: false, at: now) ?? .max
            // The other answers soon after.
            times.observe(min(took, delay == .max ? took : delay + 2 * Self.millisecond), isStream: false, at: now)
        }
        let delay = try #require(times.quantile(0.95, isStream: false, at: Self.at(240)))
        #expect((90 * Self.millisecond...105 * Self.millisecond).contains(delay))
    }
}
