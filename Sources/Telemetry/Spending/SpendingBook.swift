package import Domain
package import SQL
import Synchronization

/// What is in the ledger of the running day, week and month, by subject: kept, so that a budget which is new finds what
/// was spent before without asking the file. The file is the truth; it is read at the start.
package final class SpendingBook: Sendable {
    private struct Place: Hashable {
        let subject: LimitedSubject
        let period: BudgetPeriod
    }

    private struct Sum {
        /// Of the period, Unix milliseconds.
        var start: Int64
        var microUSD: Int64 = 0

        mutating func add(_ amount: Int64) {
            microUSD = microUSD.addingReportingOverflow(amount).overflow ? .max : microUSD + amount
        }
    }

    /// Of the newest period and of the one before it: a clock that was ahead comes back.
    private struct Sums {
        var newest: Sum
        var former: Sum?
    }

    private struct State {
        var sums: [Place: Sums] = [:]
        var leases: [Place: Sum] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// At the start, before a budget is asked for.
    package func load(from database: any Database, at now: Timestamp) async throws {
        // Some week may begin before the month does.
        let first = BudgetPeriod.allCases.map { $0.span(of: now).lowerBound }.min() ?? 0
        let today = BudgetPeriod.day(of: now.milliseconds)
        let read = try await database.read { connection -> State in
            var state = State()
            try SpendingStore.forEach(since: BudgetPeriod.day(of: first), in: connection) { key, amount in
                // What was spent while a clock was ahead is not forgotten because it is right again.
                Self.add(amount, key, on: min(key.day, today), to: &state)
            }
            for lease in try SpendingStore.leases(in: connection) {
                state.leases[Place(subject: lease.subject, period: lease.period)] = Sum(
                    start: lease.start, microUSD: lease.microUSD)
            }
            return state
        }
        state.withLock { $0 = read }
    }

    /// What a new account of the subject begins with.
    package func history(of subject: LimitedSubject, _ period: BudgetPeriod, at now: Timestamp) -> SpendingHistory {
        let start = period.span(of: now).lowerBound
        let place = Place(subject: subject, period: period)
        return state.withLock { state in
            var spent = Sum(start: start)
            // What is later than now was counted by a clock that was ahead.
            if let sums = state.sums[place] {
                for sum in [sums.newest, sums.former].compactMap(\.self) where sum.start >= start {
                    spent.add(sum.microUSD)
                }
            }
            let leased = state.leases[place].map { $0.start >= start ? $0.microUSD : 0 } ?? 0
            return SpendingHistory(spent: spent.microUSD, leased: leased)
        }
    }

    /// A batch is in the file.
    func add(_ tally: SpendingTally) {
        guard !tally.sums.isEmpty else { return }
        state.withLock { state in
            for (key, sum) in tally.sums { Self.add(sum.microUSD, key, on: key.day, to: &state) }
        }
    }

    private static func add(_ amount: Int64, _ key: SpendingTally.Key, on day: Int64, to state: inout State) {
        let moment = Timestamp(milliseconds: day * BudgetPeriod.dayMilliseconds)
        for period in BudgetPeriod.allCases {
            let start = period.span(of: moment).lowerBound
            for subject in [
                LimitedSubject(.key, key.key), LimitedSubject(.project, key.project),
                LimitedSubject(.deployment, key.deployment),
            ] {
                let place = Place(subject: subject, period: period)
                var sums = state.sums[place] ?? Sums(newest: Sum(start: start))
                // An outcome of yesterday that is written today does not bring yesterday back.
                if start > sums.newest.start {
                    sums.former = sums.newest
                    sums.newest = Sum(start: start)
                }
                if start == sums.newest.start {
                    sums.newest.add(amount)
                } else if let former = sums.former, start < former.start {
                    continue
                } else {
                    if sums.former?.start != start { sums.former = Sum(start: start) }
                    sums.former?.add(amount)
                }
                state.sums[place] = sums
            }
        }
    }
}
