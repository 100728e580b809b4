import Domain
import Support
import Testing

@Suite(.timeLimit(.minutes(1))) struct MeterTests {
    private static let now: UInt64 = 1_000_000_000_000_000
    private static let wall = Timestamp(milliseconds: 1_769_850_300_250)

    private static func limits(
        requests: Int64? = nil, tokens: Int64? = nil, concurrent: Int64? = nil
    ) -> RateLimits {
        var limits = RateLimits()
        limits.requestsPerMinute = requests
        limits.tokensPerMinute = tokens
        limits.concurrent = concurrent
        return limits
    }

    private static func book() -> MeterBook { MeterBook(clock: WallClock { wall }) }

    private static func take(
        _ meter: Meter, tokens: UInt64 = 0, ceiling: Int64? = 0, at now: UInt64 = now
    ) -> Meter.Verdict {
        meter.take(tokens: tokens, ceiling: ceiling, allowsUnpriced: false, now: now, later: now, wall: wall)
    }

    @Test func whatARefusalTookIsGivenBackWhole() throws {
        let meter = try #require(
            Self.book().meter(
                .key, id: "k", name: "k", limits: Self.limits(requests: 1_000, tokens: 1_000, concurrent: 2),
                budget: Budget(microUSD: 10, period: .day)))
        let requests = try #require(meter.requestState(at: Self.now)).remaining
        for _ in 0..<500 {
            guard case .refused(.tooDear(11)) = Self.take(meter, tokens: 900, ceiling: 11),
                case .refused(.unpriced) = Self.take(meter, tokens: 900, ceiling: nil),
                case .refused(.tooManyTokens(1_001)) = Self.take(meter, tokens: 1_001)
            else {
                Issue.record("not refused")
                return
            }
        }
        #expect(meter.running == 0)
        #expect(try #require(meter.requestState(at: Self.now)).remaining >= requests - 1)
        #expect(try #require(meter.tokenState(at: Self.now)).remaining >= 999)
    }

    @Test(arguments: [11, 12] as [UInt64])
    func noMoreRunAtOnceThanMayAndEveryPlaceComesBack(seed: UInt64) async throws {
        let meter = try #require(
            Self.book().meter(.project, id: "p", name: "p", limits: Self.limits(concurrent: 5), budget: nil))
        let most = SharedNumber()
        let running = SharedNumber()
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<32 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed << 32 | thread)
                    for _ in 0..<1_000 {
                        guard case .taken(let hold) = Self.take(meter) else { continue }
                        most.raise(to: running.add(1))
                        if Bool.random(using: &random) { await Task.yield() }
                        running.add(-1)
                        _ = meter.settle(hold, used: 0, spent: 0, now: Self.now)
                    }
                }
            }
        }
        #expect(most.value <= 5)
        #expect(meter.running == 0)
    }

    @Test func aChangedLimitGoesOnWhereTheOneBeforeStood() throws {
        let book = Self.book()
        let first = try #require(
            book.meter(.key, id: "k", name: "k", limits: Self.limits(tokens: 100), budget: nil))
        guard case .taken(let hold) = Self.take(first, tokens: 100) else {
            Issue.record("refused")
            return
        }
        let second = try #require(
            book.meter(.key, id: "k", name: "k", limits: Self.limits(tokens: 1_000), budget: nil))
        guard case .refused(.limit(.tokens, _)) = Self.take(second, tokens: 1_000) else {
            Issue.record("the change made room for a whole bucket more")
            return
        }
        _ = first.settle(hold, used: 0, spent: 0, now: Self.now)
        // Another subject with the same id is another.
        let other = try #require(
            book.meter(.deployment, id: "k", name: "k", limits: Self.limits(tokens: 100), budget: nil))
        guard case .taken = Self.take(other, tokens: 100) else {
            Issue.record("refused")
            return
        }
        #expect(book.meter(.key, id: "k", name: "k", limits: nil, budget: nil) == nil)
        #expect(book.meter(of: LimitedSubject(.key, "k")) == nil)
    }

    @Test func aLimitOfHowManyRunFindsThoseThatDoWhenItIsTurnedOn() throws {
        let book = Self.book()
        func meter(_ limits: RateLimits) throws -> Meter {
            try #require(book.meter(.key, id: "k", name: "k", limits: limits, budget: nil))
        }
        let before = try meter(Self.limits(requests: 10_000))
        var holds: [Meter.Hold] = []
        for _ in 0..<10 {
            guard case .taken(let hold) = Self.take(before) else {
                Issue.record("refused")
                return
            }
            holds.append(hold)
        }
        let after = try meter(Self.limits(concurrent: 5))
        #expect(after.running == 10)
        // Until five of them have ended, and one more, for it.
        for (ended, hold) in holds.enumerated() {
            if case .taken(let own) = Self.take(after) {
                #expect(ended > 5)
                after.undo(own, now: Self.now)
            } else {
                #expect(ended <= 5)
            }
            before.settle(hold, used: 0, spent: 0, now: Self.now)
        }
        #expect(after.running == 0)
        // Turned off and on again.
        let none = try meter(Self.limits(tokens: 10))
        guard case .taken = Self.take(none) else {
            Issue.record("refused")
            return
        }
        #expect(try meter(Self.limits(concurrent: 5)).running == 1)
    }

    @Test func aNewBudgetBeginsWithWhatTheFileSays() throws {
        let book = MeterBook(clock: WallClock { Self.wall }) { subject, period, _ in
            subject == LimitedSubject(.key, "k") && period == .week ? SpendingHistory(spent: 70) : SpendingHistory()
        }
        let meter = try #require(
            book.meter(.key, id: "k", name: "k", limits: nil, budget: Budget(microUSD: 100, period: .week)))
        guard case .refused(.budget(30, _, _)) = Self.take(meter, ceiling: 31),
            case .taken(let hold) = Self.take(meter, ceiling: 30)
        else {
            Issue.record("what was spent is not counted")
            return
        }
        _ = meter.settle(hold, used: 0, spent: 20, now: Self.now)
        #expect(book.spending(of: LimitedSubject(.key, "k"))?.spent == 90)
        // A greater budget for the same period goes on with the same account.
        let more = try #require(
            book.meter(.key, id: "k", name: "k", limits: nil, budget: Budget(microUSD: 200, period: .week)))
        guard case .refused(.budget(110, _, _)) = Self.take(more, ceiling: 111) else {
            Issue.record("the account was not kept")
            return
        }
    }

    /// What one refused limit gives back of another is judged by when it is given back.
    @Test func whatTimeHasGivenBackIsNotUndoneASecondTime() throws {
        var limits = RateLimits()
        limits.requestsPerMinute = 60
        limits.requestsBurst = 1
        let meter = try #require(Self.book().meter(.key, id: "k", name: "k", limits: limits, budget: nil))
        guard case .taken(let hold) = Self.take(meter) else {
            Issue.record("refused")
            return
        }
        let later = Self.now + 5_000_000_000
        guard case .taken = Self.take(meter, at: later) else {
            Issue.record("refused")
            return
        }
        meter.undo(hold, now: later)
        guard case .refused(.limit(.requests, _)) = Self.take(meter, at: later) else {
            Issue.record("two at once")
            return
        }
    }

    @Test func aBudgetThatIsSwitchedOffAndOnAgainKnowsWhatCameBetween() throws {
        let book = Self.book()
        func meter(_ budget: Budget?, limits: RateLimits? = nil) -> Meter? {
            book.meter(.key, id: "k", name: "k", limits: limits, budget: budget)
        }
        func spend(_ meter: Meter?, _ amount: Int64) throws {
            guard case .taken(let hold) = Self.take(try #require(meter), ceiling: amount) else {
                Issue.record("refused")
                return
            }
            meter?.settle(hold, used: 0, spent: amount, now: Self.now)
        }
        let day = Budget(microUSD: 100, period: .day)
        let on = meter(day)
        guard case .taken(let running) = Self.take(try #require(on), ceiling: 5) else {
            Issue.record("refused")
            return
        }
        try spend(on, 30)
        // It counts on without a limit, and shows none.
        let off = meter(nil)
        #expect(book.spending(of: LimitedSubject(.key, "k")) == nil)
        try spend(off, 1_000)
        on?.settle(running, used: 0, spent: 4, now: Self.now)
        try spend(meter(Budget(microUSD: 10_000, period: .month)), 7)
        try spend(meter(nil, limits: Self.limits(requests: 1_000)), 9)
        _ = meter(day)
        #expect(book.spending(of: LimitedSubject(.key, "k"))?.spent == 1_050)
        _ = meter(Budget(microUSD: 10_000, period: .month))
        #expect(book.spending(of: LimitedSubject(.key, "k"))?.spent == 16)
    }

    @Test func aBudgetThatWasOffWhenItsPeriodEndedBeginsWithWhatTheFileSays() throws {
        let clock = HandClock()
        let book = MeterBook(clock: WallClock { clock.now }) { _, _, _ in SpendingHistory(spent: 11) }
        let day = Budget(microUSD: 100, period: .day)
        _ = book.meter(.key, id: "k", name: "k", limits: nil, budget: day)
        #expect(book.meter(.key, id: "k", name: "k", limits: nil, budget: nil) != nil)
        clock.advance(milliseconds: BudgetPeriod.dayMilliseconds)
        #expect(book.meter(.key, id: "k", name: "k", limits: nil, budget: nil) == nil)
        _ = book.meter(.key, id: "k", name: "k", limits: nil, budget: day)
        #expect(book.spending(of: LimitedSubject(.key, "k"))?.spent == 11)
    }

    @Test func whatIsGoneIsForgotten() throws {
        let book = Self.book()
        let limits = Self.limits(requests: 10)
        for index in 0..<1_000 {
            _ = book.meter(.key, id: "k\(index)", name: "k", limits: limits, budget: nil)
            _ = book.meter(.project, id: "p\(index)", name: "p", limits: limits, budget: nil)
        }
        book.keep(.key, ["k3", "k7", "unlimited"])
        #expect(book.count == 1_002)
        #expect(book.meter(of: LimitedSubject(.key, "k3")) != nil)
        #expect(book.meter(of: LimitedSubject(.key, "k4")) == nil)
        // Deployments come and go, and nobody tells.
        var asked = 0
        for index in 0..<10_000 {
            _ = book.meter(.deployment, id: "d\(index)", name: "d", limits: limits, budget: nil)
            book.prune([.deployment]) {
                asked += 1
                return [LimitedSubject(.deployment, "d\(index)"), LimitedSubject(.deployment, "d0")]
            }
        }
        #expect(book.count <= 1_002 + 257)
        #expect(book.meter(of: LimitedSubject(.deployment, "d0")) != nil)
        #expect((1...60).contains(asked))
    }

    /// A provider that an earlier revision alone asks is in no table.
    @Test func whatSomebodyHoldsIsNotForgotten() throws {
        let book = Self.book()
        let limits = Self.limits(requests: 10, concurrent: 2)
        func meter(_ id: String) throws -> Meter {
            try #require(book.meter(.provider, id: id, name: "p", limits: limits, budget: nil))
        }
        func fill() throws {
            for index in 0..<1_000 {
                _ = try meter("p\(index)")
                book.prune([.provider]) { [] }
            }
        }
        var planned: Meter? = try meter("planned")
        // Its plan has gone, and an inference still runs under it.
        var running: Meter? = try meter("running")
        _ = try meter("running")
        guard case .taken(let hold)? = running.map({ Self.take($0) }), case .taken? = planned.map({ Self.take($0) })
        else {
            Issue.record("refused")
            return
        }
        try fill()
        #expect(book.count <= 259)
        #expect(book.meter(of: LimitedSubject(.provider, "planned")) === planned)
        #expect(try meter("planned").running == 1)
        #expect(try meter("running").running == 1)
        running?.settle(hold, used: 0, spent: 0, now: Self.now)
        (planned, running) = (nil, nil)
        try fill()
        #expect(book.meter(of: LimitedSubject(.provider, "planned")) == nil)
        #expect(try meter("running").running == 0)
    }

    /// One that is made while somebody looks for those that have gone is not among them.
    @Test func whatIsMadeMeanwhileIsNotForgotten() async throws {
        let book = Self.book()
        let limits = Self.limits(requests: 10)
        let made = SharedNumber()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<500 {
                        let id = "d\(made.add(1))"
                        _ = book.meter(.deployment, id: id, name: "d", limits: limits, budget: nil)
                        book.prune([.deployment]) {
                            Set((1...max(1, made.value)).map { LimitedSubject(.deployment, "d\($0)") })
                        }
                    }
                }
            }
        }
        #expect(book.count == 2_000)
    }
}
