import JSON
import Support
import Testing

@testable import Domain

@Suite(.timeLimit(.minutes(1))) struct BudgetTests {
    private static func moment(_ text: String) -> Timestamp { Timestamp(parsing: text) ?? Timestamp(milliseconds: 0) }

    @Test(
        arguments: [
            (BudgetPeriod.day, "2026-11-21T20:55:00Z", "2026-11-21", "2026-11-22"),
            (.day, "2026-12-31T23:59:59.999Z", "2026-12-31", "2027-01-01"),
            (.day, "1969-12-31T23:59:59Z", "1969-12-31", "1970-01-01"),
            (.week, "2026-11-21T00:00:00Z", "2026-11-16", "2026-11-23"),
            (.week, "2026-11-22T23:59:59Z", "2026-11-16", "2026-11-23"),
            (.week, "2026-11-23T00:00:00Z", "2026-11-23", "2026-11-30"),
            (.week, "1970-01-01T00:00:00Z", "1969-12-29", "1970-01-05"),
            (.month, "2026-11-30T23:59:59Z", "2026-11-01", "2026-12-01"),
            (.month, "2026-12-01T00:00:00Z", "2026-12-01", "2027-01-01"),
            (.month, "2028-02-29T12:00:00Z", "2028-02-01", "2028-03-01"),
            (.month, "2100-02-28T12:00:00Z", "2100-02-01", "2100-03-01"),
            (.month, "1969-01-15T00:00:00Z", "1969-01-01", "1969-02-01"),
        ] as [(BudgetPeriod, String, String, String)])
    func aPeriodBeginsAndEndsAtMidnightInUTC(_ period: BudgetPeriod, _ now: String, _ from: String, _ to: String) {
        let span = period.span(of: Self.moment(now))
        #expect(Timestamp(milliseconds: span.lowerBound) == Self.moment(from + "T00:00:00Z"))
        #expect(Timestamp(milliseconds: span.upperBound) == Self.moment(to + "T00:00:00Z"))
    }

    @Test func monthsFollowOneAnotherWithoutAGap() {
        var next = Self.moment("1900-01-01T00:00:00Z").milliseconds
        for _ in 0..<6_000 {
            let span = BudgetPeriod.month.span(of: Timestamp(milliseconds: next))
            #expect(span.lowerBound == next)
            #expect((28...31).contains((span.upperBound - span.lowerBound) / BudgetPeriod.dayMilliseconds))
            next = span.upperBound
        }
    }

    private static let now = moment("2026-11-21T20:55:00Z")

    /// Threads that promise, settle for less and withdraw: at no moment is more spent and promised than there is.
    @Test(arguments: [7, 8, 9] as [UInt64])
    func theHardStopHoldsHoweverManyThreadsSpend(seed: UInt64) async {
        let budget = Budget(microUSD: 1_000_000, period: .day, alertAt: 0.5)
        let account = BudgetAccount(period: .day, at: Self.now)
        let spent = SharedNumber()
        let alerts = SharedNumber()
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<64 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed << 32 | thread)
                    var open: [BudgetAccount.Promise] = []
                    for _ in 0..<2_000 {
                        if open.isEmpty || Bool.random(using: &random) {
                            let amount = Int64.random(in: 0...2_000, using: &random)
                            if case .promised(let promise, _) = account.promise(amount, within: budget, at: Self.now) {
                                open.append(promise)
                            }
                        } else {
                            let promise = open.removeLast()
                            let cost = Int64.random(in: 0...promise.microUSD, using: &random)
                            spent.add(cost)
                            if account.settle(promise, spent: cost, budget).isAlertDue { alerts.add(1) }
                        }
                        let state = account.current(at: Self.now)
                        #expect(state.spent + state.promised <= budget.microUSD)
                    }
                    for promise in open { account.settle(promise, spent: 0, budget) }
                }
            }
        }
        let state = account.current(at: Self.now)
        #expect(state.promised == 0)
        #expect(state.spent == spent.value)
        #expect(state.spent <= budget.microUSD)
        #expect(state.spent > budget.microUSD - 2_000)
        #expect(alerts.value == 1)
    }

    @Test func aNewPeriodBeginsWithNothingAndTheOldOnesPromisesAreItsOwn() {
        let budget = Budget(microUSD: 100, period: .day)
        let account = BudgetAccount(period: .day, at: Self.now)
        guard case .promised(let promise, _) = account.promise(100, within: budget, at: Self.now) else {
            Issue.record("refused")
            return
        }
        guard case .exceeded(0, let until, true) = account.promise(1, within: budget, at: Self.now) else {
            Issue.record("not refused, or not the first")
            return
        }
        guard case .exceeded(0, _, false) = account.promise(1, within: budget, at: Self.now) else {
            Issue.record("not refused, or the first again")
            return
        }
        let tomorrow = Timestamp(milliseconds: until)
        guard case .promised = account.promise(100, within: budget, at: tomorrow) else {
            Issue.record("refused")
            return
        }
        #expect(account.settle(promise, spent: 100, budget) == BudgetAccount.Settlement())
        #expect(account.current(at: tomorrow).spent == 0)
        #expect(account.current(at: tomorrow).promised == 100)
        // A clock that goes back does not make room.
        guard case .exceeded = account.promise(1, within: budget, at: Self.now) else {
            Issue.record("not refused")
            return
        }
    }

    @Test func anAccountBeginsWithTheLargerOfWhatIsWrittenAndWhatIsLeased() {
        let budget = Budget(microUSD: 1_000, period: .day)
        for (spent, leased, left) in [(Int64(300), Int64(0), Int64(700)), (300, 400, 600), (400, 300, 600)] {
            let account = BudgetAccount(
                period: .day, SpendingHistory(spent: spent, leased: leased), at: Self.now)
            guard case .exceeded(left, _, _) = account.promise(left + 1, within: budget, at: Self.now) else {
                Issue.record("not refused")
                continue
            }
            guard case .promised = account.promise(left, within: budget, at: Self.now) else {
                Issue.record("refused")
                continue
            }
        }
    }

    @Test func aLeaseStaysAheadOfWhatIsPromised() throws {
        let budget = Budget(microUSD: 1_600, period: .day)
        let account = BudgetAccount(period: .day, at: Self.now)
        #expect(account.leaseDue(budget, at: Self.now)?.microUSD == 100)
        account.leased(100, from: try #require(account.leaseDue(budget, at: Self.now)).start)
        #expect(account.leaseDue(budget, at: Self.now) == nil)
        guard case .promised(_, false) = account.promise(50, within: budget, at: Self.now),
            case .promised(_, true) = account.promise(1, within: budget, at: Self.now)
        else {
            Issue.record("a lease is asked for at the wrong time")
            return
        }
        #expect(account.leaseDue(budget, at: Self.now)?.microUSD == 151)
        // Of a period that is over.
        account.leased(1_600, from: 0)
        #expect(account.leaseDue(budget, at: Self.now)?.microUSD == 151)
        _ = account.promise(1_549, within: budget, at: Self.now)
        #expect(account.leaseDue(budget, at: Self.now)?.microUSD == 1_600)
    }

    @Test func documentsAreReadAsTheyAreShown() throws {
        let document: JSONValue = [
            "limits": ["requests_per_minute": 100, "requests_burst": 10, "tokens_per_minute": 5, "concurrent": 3],
            "budget": ["micro_usd": 5_000_000, "period": "month", "alert_at": 0.8],
        ]
        #expect(RateLimits(document["limits"])?.json == document["limits"])
        #expect(Budget(document["budget"])?.json == document["budget"])
        #expect(RateLimits(nil) == nil)
        #expect(RateLimits([:]) == nil)
        #expect(Budget(nil) == nil)
        #expect(Budget(["micro_usd": 1, "period": "year"]) == nil)
        let wrong: JSONValue = ["limits": ["requests_per_minute": 5, "requests_burst": 6]]
        #expect(RateLimits.violations(in: wrong).map(\.pointer) == ["/limits/requests_burst"])
        #expect(RateLimits.violations(in: ["limits": ["requests_burst": 6]]).count == 1)
    }

    /// Set to the day after and back again, as by a bad time server: nothing that was spent is forgotten, neither what
    /// was spent before nor what was spent meanwhile.
    @Test func aClockThatLeapsAheadAndComesBackForgetsNothing() throws {
        let budget = Budget(microUSD: 1_000, period: .day)
        let account = BudgetAccount(period: .day, at: Self.now)
        let ahead = Self.now.advanced(byMilliseconds: 3 * BudgetPeriod.dayMilliseconds)
        func promise(_ amount: Int64, _ moment: Timestamp) throws -> BudgetAccount.Promise {
            guard case .promised(let promise, _) = account.promise(amount, within: budget, at: moment) else {
                throw Refused()
            }
            return promise
        }
        account.settle(try promise(300, Self.now), spent: 300, budget)
        let before = try promise(100, Self.now)
        account.leased(400, from: account.current(at: Self.now).span.lowerBound)
        account.settle(try promise(200, ahead), spent: 150, budget)
        let meanwhile = try promise(50, ahead)
        // One that was promised for before the leap ends while the clock is wrong.
        account.settle(before, spent: 70, budget)
        #expect(account.current(at: ahead).spent == 150)
        let back = account.current(at: Self.now)
        #expect(back.span.contains(Self.now.milliseconds))
        #expect(back.spent == 300 + 70 + 150)
        #expect(back.promised == 50)
        #expect(throws: Refused.self) { try promise(431, Self.now) }
        account.settle(meanwhile, spent: 20, budget)
        #expect(account.current(at: Self.now).promised == 0)
        #expect(account.current(at: Self.now).spent == 540)
        let tomorrow = Self.now.advanced(byMilliseconds: BudgetPeriod.dayMilliseconds)
        #expect(account.current(at: tomorrow).spent == 0)
    }

    @Test func aLeaseOfADayThatHasNotComeIsWrittenAnewForToday() throws {
        let budget = Budget(microUSD: 1_600, period: .day)
        let account = BudgetAccount(period: .day, at: Self.now)
        let today = account.current(at: Self.now).span.lowerBound
        account.leased(100, from: today)
        let ahead = Self.now.advanced(byMilliseconds: BudgetPeriod.dayMilliseconds)
        account.leased(100, from: try #require(account.leaseDue(budget, at: ahead)).start)
        // The file has one lease for each budget, and that is now of another day.
        #expect(try #require(account.leaseDue(budget, at: Self.now)).start == today)
    }

    @Test func whatCostsMoreThanWasPromisedAsksForALease() {
        let budget = Budget(microUSD: 1_600, period: .day)
        let account = BudgetAccount(period: .day, at: Self.now)
        account.leased(100, from: account.current(at: Self.now).span.lowerBound)
        for (spent, needsLease) in [(Int64(10), false), (90, true)] {
            guard case .promised(let promise, false) = account.promise(10, within: budget, at: Self.now) else {
                Issue.record("refused")
                return
            }
            #expect(account.settle(promise, spent: spent, budget).needsLease == needsLease)
        }
    }

    /// Of a budget that was nearly spent when the process began: who is refused elsewhere does not use up the alert.
    @Test func whatIsWithdrawnTellsNoAlert() throws {
        let book = MeterBook(clock: WallClock { Self.now }) { _, _, _ in SpendingHistory(spent: 80) }
        let meter = try #require(
            book.meter(
                .key, id: "k", name: "k", limits: nil, budget: Budget(microUSD: 100, period: .day, alertAt: 0.5)))
        func take() throws -> Meter.Hold {
            guard
                case .taken(let hold) = meter.take(
                    tokens: 0, ceiling: 20, allowsUnpriced: false, now: 1, later: 1, wall: Self.now)
            else { throw Refused() }
            return hold
        }
        meter.undo(try take(), now: 1)
        #expect(meter.settle(try take(), used: 0, spent: 0, now: 1).isAlertDue)
        #expect(!meter.settle(try take(), used: 0, spent: 0, now: 1).isAlertDue)
    }

    @Test func moneyBeyondAllMeasureStaysBeyondIt() {
        let budget = Budget(microUSD: Budget.microUSDMax, period: .day)
        let account = BudgetAccount(period: .day, SpendingHistory(spent: 5, leased: .max), at: Self.now)
        for _ in 0..<10 { account.spend(.max) }
        guard case .exceeded(0, _, _) = account.promise(0, within: budget, at: Self.now) else {
            Issue.record("it was promised")
            return
        }
    }

    private struct Refused: Error {}
}
