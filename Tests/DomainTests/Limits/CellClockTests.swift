import Support
import Testing

@testable import Domain

/// The generic cell rate algorithm, on a clock that is moved by hand.
@Suite(.timeLimit(.minutes(1))) struct CellClockTests {
    private static let second: UInt64 = 1_000_000_000
    /// Far from zero, as a machine's clock is.
    private static let begin: UInt64 = 1_000_000 * second

    private static func rule(_ limit: Int64) throws -> CellRule {
        var limits = RateLimits()
        limits.requestsPerMinute = limit
        return try #require(limits.requestRule)
    }

    /// When each request went through, of callers that ask again every `step` nanoseconds for so long.
    private static func hammered(_ rule: CellRule, step: UInt64, seconds: UInt64) -> [UInt64] {
        let clock = CellClock()
        return stride(from: begin, to: begin + seconds * second, by: Int(step)).filter {
            clock.take(1, rule, at: $0) == .taken
        }
    }

    @Test(arguments: [100, 1_000, 6_000, 7, 1, 59, 601] as [Int64])
    func inNoMinuteDoMoreGoThroughAndHammeringGetsNearlyAll(limit: Int64) throws {
        let times = Self.hammered(try Self.rule(limit), step: 997_003, seconds: 180)
        for (index, time) in times.enumerated() {
            let window = times[index...].prefix { $0 < time + 60 * Self.second }
            #expect(window.count <= limit)
        }
        #expect(times.count <= 3 * limit)
        #expect(Double(times.count) >= 0.98 * 3 * Double(limit))
    }

    @Test func aBurstIsTakenOutOfTheSteadyRate() throws {
        var limits = RateLimits()
        limits.requestsPerMinute = 100
        limits.requestsBurst = 40
        let rule = try #require(limits.requestRule)
        let times = Self.hammered(rule, step: 1_000_003, seconds: 180)
        #expect(times.prefix { $0 < Self.begin + Self.second / 10 }.count == 40)
        for (index, time) in times.enumerated() {
            #expect(times[index...].prefix { $0 < time + 60 * Self.second }.count <= 100)
        }
    }

    /// 64 callers of one clock, each asking at moments of its own.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func sixtyFourCallersGetWhatOneWould(seed: UInt64) async throws {
        let rule = try Self.rule(100)
        let counts = Meter.Counts()
        let present = SharedNumber(Int64(Self.begin))
        let end = Self.begin + 180 * Self.second
        let times = await withTaskGroup(of: [UInt64].self) { group in
            for thread in 0..<64 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed << 32 | thread)
                    var mine: [UInt64] = []
                    while true {
                        // Whoever asks moves the one clock on: some 30,000 times a second among them.
                        let now = UInt64(present.add(Int64.random(in: 0...66_000, using: &random)))
                        guard now < end else { break }
                        if counts.requests.take(1, rule, at: now) == .taken { mine.append(now) }
                        if UInt64.random(in: 0..<512, using: &random) == 0 { await Task.yield() }
                    }
                    return mine
                }
            }
            return await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        #expect(times.count <= 300)
        #expect(times.count >= 294)
        for (index, time) in times.enumerated() {
            #expect(times[index...].prefix { $0 < time + 60 * Self.second }.count <= 100)
        }
    }

    @Test func theWaitThatIsToldIsExact() throws {
        let rule = try Self.rule(100)
        let clock = CellClock()
        var now = Self.begin
        for _ in 0..<3 { #expect(clock.take(1, rule, at: now) == .taken) }
        for _ in 0..<50 {
            guard case .after(let wait) = clock.take(1, rule, at: now) else {
                Issue.record("it went through")
                return
            }
            guard case .after(1) = clock.take(1, rule, at: now + wait - 1) else {
                Issue.record("the wait was too long")
                return
            }
            now += wait
            #expect(clock.take(1, rule, at: now) == .taken)
        }
    }

    @Test func whatIsLargerThanTheWholeNeverGoesThrough() {
        let rule = CellRule(perMinute: 1_000, capacity: 1_000)
        let clock = CellClock()
        #expect(clock.take(1_001, rule, at: Self.begin) == .never)
        #expect(clock.take(1_000, rule, at: Self.begin) == .taken)
        #expect(clock.take(.max, rule, at: Self.begin) == .never)
        #expect(clock.state(rule, at: Self.begin).remaining == 0)
        #expect(clock.state(rule, at: Self.begin + 30 * Self.second).remaining == 500)
    }

    @Test func whatCameBackByTimeIsNotGivenBackAgain() {
        let rule = CellRule(perMinute: 1_000, capacity: 1_000)
        let clock = CellClock()
        #expect(clock.take(1_000, rule, at: Self.begin) == .taken)
        let later = Self.begin + 60 * Self.second
        #expect(clock.take(1_000, rule, at: later) == .taken)
        // The first used nothing; but its thousand have come back, and the second had them.
        clock.giveBack(1_000, rule, takenAt: Self.begin, at: later + Self.second)
        #expect(clock.state(rule, at: later + Self.second).remaining <= 17)
    }

    /// Reservations of random sizes, settled after random times with random usage, against a clock that knew the usage
    /// beforehand: at no time does it let more through.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func settlementNeverGivesMoreThanTheTruthWould(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rule = CellRule(perMinute: UInt64.random(in: 1...1_000_000, using: &random), capacity: 10_000)
        let clock = CellClock()
        let truth = CellClock()
        var open: [(reserved: UInt64, used: UInt64, at: UInt64)] = []
        var now = Self.begin
        for _ in 0..<2_000 {
            now += UInt64.random(in: 0...3_000_000_000, using: &random)
            if Bool.random(using: &random) {
                let reserved = UInt64.random(in: 0...3_000, using: &random)
                let used = UInt64.random(in: 0...reserved, using: &random)
                if clock.take(reserved, rule, at: now) == .taken {
                    // What went through here goes through there: that is the property.
                    #expect(truth.take(used, rule, at: now) == .taken)
                    open.append((reserved, used, now))
                }
            } else if let index = open.indices.randomElement(using: &random) {
                let settled = open.remove(at: index)
                clock.giveBack(settled.reserved - settled.used, rule, takenAt: settled.at, at: now)
            }
            #expect(clock.state(rule, at: now).remaining <= truth.state(rule, at: now).remaining)
        }
    }

    @Test func usageBeyondTheReservationIsADebt() {
        let rule = CellRule(perMinute: 60, capacity: 60)
        let clock = CellClock()
        #expect(clock.take(10, rule, at: Self.begin) == .taken)
        clock.charge(110, rule, at: Self.begin)
        guard case .after(let wait) = clock.take(1, rule, at: Self.begin) else {
            Issue.record("it went through")
            return
        }
        #expect(wait == 61 * Self.second)
        // A provider that lies does not shut it for ever.
        clock.charge(.max, rule, at: Self.begin)
        #expect(clock.take(1, rule, at: Self.begin + 86_400 * Self.second) == .taken)
    }

    @Test func whatIsNotTakenLeavesNoTrace() throws {
        let rule = try Self.rule(100)
        let clock = CellClock()
        let before = clock.state(rule, at: Self.begin)
        for _ in 0..<1_000 {
            #expect(clock.take(1, rule, at: Self.begin) == .taken)
            clock.giveBack(1, rule, takenAt: Self.begin, at: Self.begin)
        }
        // A nanosecond each is kept, so that rounding never gives anything away.
        #expect(before.remaining - clock.state(rule, at: Self.begin).remaining <= 1)
    }

    /// Requests that are taken and, some of them, given back at once or much later, since another limit refused them or
    /// nothing came of them: of those that stand, in no minute are there more than the limit.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func inNoMinuteAreThereMoreWhateverIsGivenBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = RateLimits()
        let limit = Int64.random(in: 1...300, using: &random)
        limits.requestsPerMinute = limit
        limits.requestsBurst = Int64.random(in: 1...limit, using: &random)
        let rule = try #require(limits.requestRule)
        let clock = CellClock()
        var open: [UInt64] = []
        var stood: [UInt64] = []
        var now = Self.begin
        for _ in 0..<3_000 {
            now += UInt64.random(in: 0...1_000_000_000, using: &random)
            if clock.take(1, rule, at: now) == .taken { open.append(now) }
            while let index = open.indices.randomElement(using: &random), Bool.random(using: &random) {
                let taken = open.remove(at: index)
                if Bool.random(using: &random) {
                    clock.giveBack(1, rule, takenAt: taken, at: now)
                } else {
                    stood.append(taken)
                }
            }
        }
        let times = (stood + open).sorted()
        var first = 0
        for (index, time) in times.enumerated() {
            while times[first] + 60 * Self.second <= time { first += 1 }
            #expect(index - first < Int(limit))
        }
    }

    /// Between reading the clock and giving back a thread may stand still, and others take what has come back.
    @Test func whatIsGivenBackIsJudgedByTheTimeAtWhichItIs() {
        let rule = CellRule(perMinute: 60, capacity: 1)
        let clock = CellClock()
        #expect(clock.take(1, rule, at: Self.begin) == .taken)
        let later = Self.begin + 10 * Self.second
        var reads = 0
        func now() -> UInt64 {
            reads += 1
            guard reads == 1 else { return later }
            #expect(clock.take(1, rule, at: later) == .taken)
            return Self.begin + Self.second / 2
        }
        clock.giveBack(1, rule, takenAt: Self.begin, at: now())
        #expect(clock.take(1, rule, at: later) == .after(Self.second))
    }

    @Test func hostileNumbersNeitherEndTheProcessNorMakeRoom() throws {
        var limits = RateLimits()
        limits.requestsPerMinute = RateLimits.countMax
        limits.requestsBurst = RateLimits.countMax
        limits.tokensPerMinute = RateLimits.countMax
        let requests = try #require(limits.requestRule)
        let clock = CellClock()
        for _ in 0..<100 {
            #expect(clock.take(1_000_000, requests, at: Self.begin) != .never)
            _ = clock.state(requests, at: Self.begin)
        }
        guard case .after = clock.take(RateLimits.countMax.magnitude, requests, at: Self.begin) else {
            Issue.record("it went through")
            return
        }
        clock.charge(.max, requests, at: .max)
        guard case .after = clock.take(1, requests, at: Self.begin) else {
            Issue.record("it went through")
            return
        }
        let tokens = try #require(limits.tokenRule)
        let other = CellClock()
        #expect(other.take(RateLimits.countMax.magnitude, tokens, at: .max - 1) == .taken)
        #expect(other.take(.max, tokens, at: .max) == .never)
        other.charge(.max, tokens, at: .max)
        other.giveBack(.max, tokens, takenAt: .max, at: .max)
        // A debt that is larger than the most that is charged does not become smaller by a charge.
        let slow = CellRule(perMinute: 1, capacity: 1_000_000)
        let debt = CellClock()
        #expect(debt.take(1_000_000, slow, at: Self.begin) == .taken)
        debt.charge(1, slow, at: Self.begin)
        #expect(debt.state(slow, at: Self.begin).remaining == 0)
    }
}
