import Domain
import Reactor
import Support
import Testing

@testable import Gateway

@Suite struct BreakerTests {
    private static let millisecond: UInt64 = 1_000_000

    private static func terms(_ change: (inout ResilienceSettings) -> Void = { _ in }) -> BreakerTerms {
        var settings = ResilienceSettings()
        settings.breakerConsecutiveFailures = 5
        settings.breakerOpenMilliseconds = 1_000
        settings.breakerOpenMaxMilliseconds = 8_000
        change(&settings)
        return BreakerTerms(settings)
    }

    /// - Returns: the ticket of the trial call that it lets in; nil when it does not.
    private static func trial(_ breaker: inout Breaker, at now: UInt64) -> Breaker.Ticket? {
        if case .trial(let ticket) = breaker.admit(at: now) { ticket } else { nil }
    }

    /// Whatever happens in whatever order: it lets nobody in before its time, no more trial calls than it may, learns
    /// nothing from calls that began before it opened, and never stays shut for good.
    @Test(arguments: 0..<60)
    func itKeepsItsPromises(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let terms = Self.terms {
            $0.breakerTrials = Int.random(in: 1...3, using: &random)
            $0.breakerConsecutiveFailures = Int.random(in: 0...4, using: &random)
            $0.breakerRequestsMin = Int.random(in: 2...10, using: &random)
        }
        var breaker = Breaker(terms)
        var now = UInt64.random(in: 1...(1 << 50), using: &random)
        // Those that are under way, with the ticket of a trial call.
        var calls: [(trial: Breaker.Ticket?, began: UInt64)] = []
        var refusedUntil: UInt64 = 0
        for _ in 0..<3_000 {
            now += UInt64.random(in: 0...300 * Self.millisecond, using: &random)
            if calls.isEmpty || Int.random(in: 0..<5, using: &random) < 2 {
                switch breaker.admit(at: now) {
                case .pass:
                    #expect(breaker.state == .closed)
                    calls.append((nil, now))
                case .trial(let ticket):
                    #expect(now >= refusedUntil && breaker.state == .halfOpen)
                    calls.append((ticket, now))
                    let out = calls.count { $0.trial != nil && $0.began + terms.openTime > now }
                    #expect(out <= terms.trials)
                case .refuse(let until):
                    #expect(until > now && until <= now + terms.openTimeMax)
                }
            } else {
                let call = calls.remove(at: Int.random(in: 0..<calls.count, using: &random)).trial
                let before = breaker
                switch Int.random(in: 0..<4, using: &random) {
                case 0: breaker.succeeded(call, at: now)
                case 1: if let call { breaker.released(call) }
                default: breaker.failed(call, at: now)
                }
                if before.state != .closed, call == nil { #expect(breaker == before) }
                if case .open(let until) = breaker.state, before.state != breaker.state {
                    refusedUntil = until
                }
            }
        }
        // Whoever comes late enough is let in, though no trial call was ever answered.
        now += terms.openTimeMax + 1
        #expect(!breaker.refuses(at: now))
        // Trial calls that go well close it, however slow they are.
        for _ in 0..<terms.trials {
            switch breaker.admit(at: now) {
            case .pass: #expect(breaker.state == .closed)
            case .trial(let ticket):
                now += UInt64.random(in: 0...3 * terms.openTimeMax, using: &random)
                breaker.succeeded(ticket, at: now)
            case .refuse: Issue.record("shut for good")
            }
        }
        #expect(breaker.state == .closed)
    }

    /// What others are let in for meanwhile takes nothing from its word.
    @Test func aTrialCallThatIsSlowerThanTheOpenTimeStillDecides() throws {
        var breaker = Breaker(Self.terms())
        for _ in 0..<5 { breaker.failed(nil, at: 1) }
        var now = 2_000 * Self.millisecond
        var slow: [Breaker.Ticket] = []
        for _ in 0..<4 {
            slow.append(try #require(Self.trial(&breaker, at: now)))
            now += 1_500 * Self.millisecond
        }
        var other = breaker
        breaker.succeeded(slow[0], at: now)
        #expect(breaker.state == .closed)
        // A black hole: it opens again, for longer.
        other.failed(slow[0], at: now)
        #expect(other.state == .open(until: now + 2_000 * Self.millisecond))
        // The others began before that.
        for ticket in slow.dropFirst() { other.succeeded(ticket, at: now) }
        #expect(other.state == .open(until: now + 2_000 * Self.millisecond))
    }

    /// While it is calm it is told of failures alone, and asked for leave once.
    @Test func aCalmWindowIsNoticedThoughNobodyTellsOfSuccesses() throws {
        var settings = ResilienceSettings()
        settings.breakerConsecutiveFailures = 2
        settings.breakerOpenMilliseconds = 1_000
        let health = UpstreamHealth(project: "p", provider: "a", settings)
        var now = MonotonicInstant(nanoseconds: 1_000 * Self.millisecond)
        for round in 0..<4 {
            for _ in 0..<2 { health.failed(nil, "http_500", at: now) }
            #expect(health.condition(at: now).openMilliseconds == 1_000, "round \(round)")
            now = MonotonicInstant(nanoseconds: now.nanoseconds + 1_000 * Self.millisecond)
            guard case .trial(let ticket) = health.admit(at: now) else { throw RawSocket.Broken() }
            health.succeeded(TrialPermit(ticket, of: health), at: now)
            #expect(!health.isAtEase)
            now = MonotonicInstant(nanoseconds: now.nanoseconds + 20_000 * Self.millisecond)
            #expect(health.admit(at: now) == .pass)
            #expect(health.isAtEase)
        }
    }

    @Test func failuresInARowOpenItAndASuccessBetweenThemDoesNot() {
        var breaker = Breaker(Self.terms { $0.breakerRequestsMin = 1_000 })
        for round in 0..<20 {
            for _ in 0..<4 { breaker.failed(nil, at: UInt64(round) * 1_000 * Self.millisecond) }
            for _ in 0..<6 { breaker.succeeded(nil, at: UInt64(round) * 1_000 * Self.millisecond) }
        }
        #expect(breaker.state == .closed)
        for _ in 0..<4 { breaker.failed(nil, at: 20_000 * Self.millisecond) }
        #expect(breaker.state == .closed && !breaker.isCalm(at: 20_000 * Self.millisecond))
        breaker.failed(nil, at: 20_000 * Self.millisecond)
        #expect(breaker.state == .open(until: 21_000 * Self.millisecond))
    }

    @Test func aShareOfFailuresOpensItOnceThereAreEnoughRequests() {
        let terms = Self.terms { $0.breakerConsecutiveFailures = 0 }
        var breaker = Breaker(terms)
        let now = 50_000 * Self.millisecond
        for _ in 0..<9 {
            breaker.failed(nil, at: now)
            breaker.succeeded(nil, at: now)
        }
        breaker.failed(nil, at: now)
        #expect(breaker.state == .closed)
        breaker.failed(nil, at: now)
        #expect(breaker.state != .closed)
        // Below the share it stays closed however many there are.
        breaker = Breaker(
            Self.terms {
                $0.breakerConsecutiveFailures = 0
                $0.breakerRequestsMin = 40
            })
        for index in 0..<3_000 {
            if index * 9 % 20 < 9 { breaker.failed(nil, at: now) } else { breaker.succeeded(nil, at: now) }
        }
        #expect(breaker.state == .closed)
    }

    @Test func whatLeftTheWindowIsForgotten() {
        var breaker = Breaker(Self.terms { $0.breakerConsecutiveFailures = 0 })
        for step in 0..<400 {
            // Nine failures in each ten seconds, and never twenty requests.
            let now = UInt64(step) * 1_200 * Self.millisecond
            breaker.failed(nil, at: now)
            #expect(breaker.state == .closed)
        }
        let end = 400 * 1_200 * Self.millisecond
        #expect(breaker.sums(at: end + 20_000 * Self.millisecond) == (requests: 0, failures: 0))
    }

    @Test func itStaysOpenLongerEachTimeUntilItWasCalm() throws {
        let terms = Self.terms()
        var breaker = Breaker(terms)
        var now: UInt64 = 1_000 * Self.millisecond
        for _ in 0..<5 { breaker.failed(nil, at: now) }
        for milliseconds in [1_000, 2_000, 4_000, 8_000, 8_000] as [UInt64] {
            let end = now + milliseconds * Self.millisecond
            #expect(breaker.state == .open(until: end))
            let early = breaker.admit(at: end - 1)
            #expect(early == .refuse(until: end))
            now = end
            let trial = try #require(Self.trial(&breaker, at: now))
            #expect(Self.trial(&breaker, at: now) == nil)
            breaker.failed(trial, at: now)
        }
        now += 8_000 * Self.millisecond
        let trial = try #require(Self.trial(&breaker, at: now))
        breaker.succeeded(trial, at: now)
        #expect(breaker.state == .closed && !breaker.isCalm(at: now))
        // It fails again at once: still the longest time.
        var flapping = breaker
        for _ in 0..<5 { flapping.failed(nil, at: now) }
        #expect(flapping.state == .open(until: now + 8_000 * Self.millisecond))
        // After a window without failures it begins anew.
        now += terms.window
        breaker.succeeded(nil, at: now)
        #expect(breaker.isCalm(at: now))
        for _ in 0..<5 { breaker.failed(nil, at: now) }
        #expect(breaker.state == .open(until: now + 1_000 * Self.millisecond))
    }

    @Test func aTrialCallThatIsGivenBackOrTakesLongMakesRoomForAnother() throws {
        var breaker = Breaker(Self.terms())
        for _ in 0..<5 { breaker.failed(nil, at: 1) }
        let now = 2_000 * Self.millisecond
        let first = try #require(Self.trial(&breaker, at: now))
        breaker.released(first)
        let second = try #require(Self.trial(&breaker, at: now))
        let later = now + 1_000 * Self.millisecond
        let third = try #require(Self.trial(&breaker, at: later))
        #expect(third != second)
        // Its place was another's by then.
        breaker.released(second)
        #expect(Self.trial(&breaker, at: later) == nil)
        breaker.succeeded(third, at: later)
        #expect(breaker.state == .closed)
    }

    @Test func severalTrialCallsAllHaveToGoWell() {
        var breaker = Breaker(Self.terms { $0.breakerTrials = 3 })
        for _ in 0..<5 { breaker.failed(nil, at: 1) }
        let now = 2_000 * Self.millisecond
        let trials = (0..<3).compactMap { _ -> Breaker.Ticket? in
            Self.trial(&breaker, at: now)
        }
        #expect(trials.count == 3)
        #expect(Self.trial(&breaker, at: now) == nil)
        var other = breaker
        for trial in trials { breaker.succeeded(trial, at: now) }
        #expect(breaker.state == .closed)
        other.succeeded(trials[0], at: now)
        other.failed(trials[1], at: now)
        #expect(other.state == .open(until: now + 2_000 * Self.millisecond))
        other.succeeded(trials[2], at: now)
        #expect(other.state == .open(until: now + 2_000 * Self.millisecond))
    }

    @Test func turnedOffItNeverOpens() {
        var breaker = Breaker(Self.terms { $0.breaks = false })
        for step in 0..<1_000 { breaker.failed(nil, at: UInt64(step)) }
        #expect(breaker.state == .closed && breaker.isCalm(at: 1_000))
    }
}
