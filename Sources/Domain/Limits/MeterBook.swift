import Synchronization

/// What counts against limits and budgets, by subject. Asked when a key table or a deployment's plan is made, and never
/// by a request.
package final class MeterBook: Sendable {
    private struct Account {
        let account: BudgetAccount
        /// What begins later, Unix milliseconds, counts there itself. `max` while nothing that begins knows of it.
        var knownFrom: Int64
    }

    private struct Entry {
        var counts = Meter.Counts()
        /// Of every period that a budget of the subject's had since the process began, for as long as that runs.
        var accounts: [BudgetPeriod: Account] = [:]
        /// The last that was made.
        var meter: Meter?

        /// Whether anybody else has a meter of the subject's, and so its counts: a plan, or an inference that runs.
        mutating func isHeld() -> Bool {
            guard meter == nil || isKnownUniquelyReferenced(&meter) else { return true }
            meter = nil
            return !isKnownUniquelyReferenced(&counts)
        }
    }

    private struct State {
        var entries: [LimitedSubject: Entry] = [:]
        /// How many there may be before those are looked for that nobody has any more.
        var pruneCount = MeterBook.pruneCountMin
        /// The latest of the accounts' `knownFrom`.
        var knownFrom = Int64.min
    }

    /// What the file says of a subject's running period. It must not block.
    package typealias History = @Sendable (LimitedSubject, BudgetPeriod, _ now: Timestamp) -> SpendingHistory

    private static let pruneCountMin = 256
    /// For so long after an account is there, what is written is still asked whether it has counted itself: the clock
    /// may be set, and who was let in before may begin after.
    private static let doubtMilliseconds: Int64 = 60_000
    /// A table of keys that is made may yet come to nothing: `published` tells when one is there for requests. The
    /// plan of a deployment is there with its meter.
    private static let publishedKinds: Set<LimitedSubject.Kind> = [.key, .project]
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
            entry.accounts = entry.accounts.filter {
                $0.value.account === entry.meter?.account || !$0.value.account.isOver(at: now)
            }
            var account: BudgetAccount?
            if let period = budget?.period {
                let known =
                    entry.accounts[period]
                    ?? Account(
                        account: BudgetAccount(period: period, history(subject, period, now), at: now),
                        knownFrom: Self.publishedKinds.contains(kind) ? .max : now.milliseconds)
                entry.accounts[period] = known
                state.knownFrom = max(state.knownFrom, known.knownFrom)
                account = known.account
            }
            let others = entry.accounts.values.map(\.account).filter { $0 !== account }
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

    /// The meters of keys and projects that were made last are there for requests: what begins from now on counts in
    /// the accounts that they have.
    package func published() {
        let now = clock.now().milliseconds
        state.withLock { state in
            guard state.knownFrom == .max else { return }
            state.knownFrom = .min
            for subject in state.entries.keys {
                for period in BudgetPeriod.allCases {
                    guard var known = state.entries[subject]?.accounts[period] else { continue }
                    known.knownFrom = min(known.knownFrom, now)
                    state.entries[subject]?.accounts[period] = known
                    state.knownFrom = max(state.knownFrom, known.knownFrom)
                }
            }
        }
    }

    /// Inferences are in the file. Those that took their meters before a budget was on have not counted themselves in
    /// its account, which began with what the file said until then: they are counted there now.
    /// - Parameters:
    ///   - first: when the first of them began; nil for none.
    ///   - told: makes them a part of what `history` says. No account is made meanwhile.
    ///   - charges: what they cost; not asked for where all of them began long after the last account was made.
    package func written(
        from first: Timestamp?, _ told: () -> Void, charges: () -> [WrittenCharge]
    ) {
        state.withLock { state in
            told()
            guard let first, first.milliseconds - Self.doubtMilliseconds < state.knownFrom else { return }
            for charge in charges() {
                for subject in charge.subjects {
                    for known in (state.entries[subject]?.accounts ?? [:]).values
                    where !charge.isCounted(in: known.account) {
                        known.account.spend(charge.microUSD, at: charge.begun)
                    }
                }
            }
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
    /// What is held by somebody is kept, were it by a plan of an earlier revision, which no table has.
    /// - Parameter live: all that there is of these kinds; asked for under the lock, so that nothing is made meanwhile
    ///   that it does not have.
    package func prune(_ kinds: Set<LimitedSubject.Kind>, _ live: () -> Set<LimitedSubject>) {
        state.withLock { state in
            guard state.entries.count(where: { kinds.contains($0.key.kind) }) > state.pruneCount else { return }
            let live = live()
            let gone = state.entries.keys.filter { kinds.contains($0.kind) && !live.contains($0) }
            for subject in gone where state.entries[subject]?.isHeld() == false {
                state.entries[subject] = nil
            }
            state.pruneCount = max(
                Self.pruneCountMin, 2 * state.entries.count { kinds.contains($0.key.kind) })
        }
    }
}
