import Synchronization

/// What counts against limits and budgets, by subject. Asked when a key table or a deployment's plan is made, and never
/// by a request.
package final class MeterBook: Sendable {
    private struct Entry {
        let counts = Meter.Counts()
        /// Of every period that a budget of the subject's had since the process began, for as long as that runs.
        var accounts: [BudgetPeriod: BudgetAccount] = [:]
        /// The last that was made.
        var meter: Meter?
    }

    private struct State {
        var entries: [LimitedSubject: Entry] = [:]
        /// How many there may be before those are looked for that nobody has any more.
        var pruneCount = MeterBook.pruneCountMin
    }

    /// What the file says of a subject's running period. It must not block.
    package typealias History = @Sendable (LimitedSubject, BudgetPeriod, _ now: Timestamp) -> SpendingHistory

    private static let pruneCountMin = 256
    private let state = Mutex(State())
    private let clock: WallClock
    private let history: History

    package init(clock: WallClock, history: @escaping History = { _, _, _ in SpendingHistory() }) {
        self.clock = clock
        self.history = history
    }

    /// - Returns: nil where nothing is limited, and no budget was on that could be on again within its period.
    package func meter(
        _ kind: LimitedSubject.Kind, id: String, name: String, limits: RateLimits?, budget: Budget?
    ) -> Meter? {
        let subject = LimitedSubject(kind, id)
        let now = clock.now()
        return state.withLock { state in
            guard limits != nil || budget != nil || state.entries[subject] != nil else { return nil }
            var entry = state.entries[subject] ?? Entry()
            // One that was off does not know that another period has begun: the file knows what was spent in that.
            entry.accounts = entry.accounts.filter { $0.value === entry.meter?.account || !$0.value.isOver(at: now) }
            var account: BudgetAccount?
            if let period = budget?.period {
                account =
                    entry.accounts[period]
                    ?? BudgetAccount(period: period, history(subject, period, now), at: now)
                entry.accounts[period] = account
            }
            let others = entry.accounts.values.filter { $0 !== account }
            entry.meter =
                limits == nil && budget == nil && others.isEmpty
                ? nil
                : Meter(
                    subject, name: name, limits: limits, budget: budget, counts: entry.counts, account: account,
                    others: others)
            state.entries[subject] = entry
            return entry.meter
        }
    }

    /// Those with a budget.
    package var budgeted: [Meter] {
        state.withLock { state in state.entries.values.compactMap { $0.meter?.account == nil ? nil : $0.meter } }
    }

    /// nil for what has no limits.
    package func meter(of subject: LimitedSubject) -> Meter? {
        state.withLock { $0.entries[subject]?.meter }
    }

    /// What is spent and promised in the running period; nil for what has no budget.
    package func spending(of subject: LimitedSubject) -> BudgetAccount.State? {
        meter(of: subject)?.account?.current(at: clock.now())
    }

    /// How many subjects are remembered.
    package var count: Int { state.withLock { $0.entries.count } }

    /// Forgets all subjects of a kind but these: what was revoked or deleted is not asked about again. Inferences that
    /// run keep what they have.
    package func keep(_ kind: LimitedSubject.Kind, _ ids: Set<String>) {
        state.withLock { state in
            state.entries = state.entries.filter { $0.key.kind != kind || ids.contains($0.key.id) }
        }
    }

    /// The same for kinds of which nobody tells when one has gone: when there is twice as much as after the last time.
    /// - Parameter live: all that there is of these kinds.
    package func prune(_ kinds: Set<LimitedSubject.Kind>, _ live: () -> Set<LimitedSubject>) {
        let isDue = state.withLock { state in
            state.entries.count { kinds.contains($0.key.kind) } > state.pruneCount
        }
        guard isDue else { return }
        let live = live()
        state.withLock { state in
            state.entries = state.entries.filter { !kinds.contains($0.key.kind) || live.contains($0.key) }
            state.pruneCount = max(
                Self.pruneCountMin, 2 * state.entries.count { kinds.contains($0.key.kind) })
        }
    }
}
