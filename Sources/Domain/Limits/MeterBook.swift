import Synchronization

/// What counts against limits and budgets, by subject. Asked when a key table or a deployment's plan is made, and never
/// by a request.
package final class MeterBook: Sendable {
    private struct AccountKey: Hashable {
        let subject: LimitedSubject
        let period: BudgetPeriod
    }

    private struct State {
        var counts: [LimitedSubject: Meter.Counts] = [:]
        var accounts: [AccountKey: BudgetAccount] = [:]
        /// The last that was made for each.
        var meters: [LimitedSubject: Meter] = [:]
    }

    /// What the file says of a subject's running period. It must not block.
    package typealias History = @Sendable (LimitedSubject, BudgetPeriod, _ now: Timestamp) -> SpendingHistory

    private let state = Mutex(State())
    private let clock: WallClock
    private let history: History

    package init(clock: WallClock, history: @escaping History = { _, _, _ in SpendingHistory() }) {
        self.clock = clock
        self.history = history
    }

    /// - Returns: nil where nothing is limited.
    package func meter(
        _ kind: LimitedSubject.Kind, id: String, name: String, limits: RateLimits?, budget: Budget?
    ) -> Meter? {
        let subject = LimitedSubject(kind, id)
        guard limits != nil || budget != nil else {
            state.withLock { $0.meters[subject] = nil }
            return nil
        }
        return state.withLock { state in
            let counts = state.counts[subject] ?? Meter.Counts()
            state.counts[subject] = counts
            var account: BudgetAccount?
            if let period = budget?.period {
                let key = AccountKey(subject: subject, period: period)
                account = state.accounts[key] ?? opened(key)
                state.accounts[key] = account
            }
            let meter = Meter(
                subject, name: name, limits: limits, budget: budget, counts: counts, account: account)
            state.meters[subject] = meter
            return meter
        }
    }

    private func opened(_ key: AccountKey) -> BudgetAccount {
        let now = clock.now()
        return BudgetAccount(period: key.period, history(key.subject, key.period, now), at: now)
    }

    /// Those with a budget.
    package var budgeted: [Meter] {
        state.withLock { state in state.meters.values.filter { $0.account != nil } }
    }

    /// nil for what has no limits.
    package func meter(of subject: LimitedSubject) -> Meter? {
        state.withLock { $0.meters[subject] }
    }

    /// What is spent and promised in the running period; nil for what has no budget.
    package func spending(of subject: LimitedSubject) -> BudgetAccount.State? {
        meter(of: subject)?.account?.current(at: clock.now())
    }
}
