import Domain
import Support
import Testing

/// Which period a promise is made in, whatever the clock does and whoever read it when.
@Suite(.timeLimit(.minutes(1))) struct BudgetClockTests {
    private static let budget = Budget(microUSD: 100, period: .day)
    private static let midnight = Timestamp(parsing: "2026-11-22T00:00:00Z") ?? Timestamp(milliseconds: 0)
    private static let before = midnight.advanced(byMilliseconds: -1)

    private struct Refused: Error {}

    private static func promise(
        _ amount: Int64, of account: BudgetAccount, at now: Timestamp
    ) throws -> BudgetAccount.Promise {
        guard case .promised(let promise, _) = account.promise(amount, within: budget, at: now) else {
            throw Refused()
        }
        return promise
    }

    /// By the few milliseconds of a time server's correction: neither day begins anew for it.
    @Test func aClockThatIsSetBackOverMidnightKeepsWhatBothDaysPromised() throws {
        let account = BudgetAccount(period: .day, at: Self.before)
        let old = try Self.promise(30, of: account, at: Self.before)
        let new = try Self.promise(60, of: account, at: Self.midnight)
        // Both count in the day that runs again.
        #expect(throws: Refused.self) { try Self.promise(11, of: account, at: Self.before) }
        let more = try Self.promise(10, of: account, at: Self.before)
        #expect(account.current(at: Self.before).promised == 100)
        #expect(account.current(at: Self.midnight).promised == 60)
        #expect(throws: Refused.self) { try Self.promise(41, of: account, at: Self.midnight) }
        account.settle(old, spent: 30, Self.budget)
        account.settle(more, spent: 10, Self.budget)
        #expect(account.current(at: Self.midnight).promised == 60)
        #expect(account.current(at: Self.midnight).spent == 0)
        account.settle(new, spent: 55, Self.budget)
        #expect(account.current(at: Self.midnight).promised == 0)
        #expect(account.current(at: Self.midnight).spent == 55)
        #expect(account.current(at: Self.before).spent == 95)
        _ = try Self.promise(45, of: account, at: Self.midnight)
        #expect(throws: Refused.self) { try Self.promise(1, of: account, at: Self.midnight) }
    }

    @Test func whatIsSettledWhileTheClockIsBackCountsInBothDays() throws {
        let account = BudgetAccount(period: .day, at: Self.before)
        let new = try Self.promise(60, of: account, at: Self.midnight)
        #expect(account.current(at: Self.before).promised == 60)
        account.settle(new, spent: 50, Self.budget)
        #expect(account.current(at: Self.before).spent == 50)
        #expect(account.current(at: Self.before).promised == 0)
        #expect(account.current(at: Self.midnight).spent == 50)
        #expect(account.current(at: Self.midnight).promised == 0)
    }

    @Test func aClockThatLeapsAboutForgetsNothingAndRemembersNoMoreThanItMay() throws {
        let account = BudgetAccount(period: .day, at: Self.midnight)
        var day: Int64 = 40
        while day > 0 {
            let moment = Self.midnight.advanced(byMilliseconds: day * BudgetPeriod.dayMilliseconds)
            account.settle(try Self.promise(1, of: account, at: moment), spent: 1, Self.budget)
            day -= 1
        }
        #expect(account.current(at: Self.midnight).spent == 40)
        #expect(account.current(at: Self.midnight).promised == 0)
    }

    /// The clock is read under the lock: whoever was held up before it does not bring yesterday back.
    @Test(arguments: [3, 4, 5] as [UInt64])
    func theHardStopHoldsWhileThreadsGoOverMidnight(seed: UInt64) async {
        let budget = Budget(microUSD: 10_000, period: .day)
        let clock = HandClock()
        let account = BudgetAccount(period: .day, at: clock.now)
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<16 as Range<UInt64> {
                group.addTask {
                    var random = SeededGenerator(seed: seed << 32 | thread)
                    var open: [BudgetAccount.Promise] = []
                    for step in 0..<2_000 {
                        if thread == 0, step % 20 == 0 { clock.advance(milliseconds: 7_200_000) }
                        if open.isEmpty || Bool.random(using: &random) {
                            let amount = Int64.random(in: 0...2_000, using: &random)
                            if case .promised(let promise, _) = account.promise(amount, within: budget, at: clock.now) {
                                open.append(promise)
                            }
                        } else {
                            let promise = open.removeFirst()
                            account.settle(promise, spent: promise.microUSD / 2, budget)
                        }
                        let state = account.current(at: clock.now)
                        #expect(state.promised >= 0)
                        #expect(state.spent + state.promised <= budget.microUSD)
                    }
                    for promise in open { account.settle(promise, spent: 0, budget) }
                }
            }
        }
        #expect(account.current(at: clock.now).promised == 0)
    }
}
