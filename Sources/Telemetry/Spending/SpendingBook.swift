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
    }

    private struct State {
        var sums: [Place: Sum] = [:]
        var leases: [Place: Sum] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// At the start, before a budget is asked for.
    package func load(from database: any Database, at now: Timestamp) async throws {
        // Some week may begin before the month does.
        let first = BudgetPeriod.allCases.map { $0.span(of: now).lowerBound }.min() ?? 0
        let read = try await database.read { connection -> State in
            var state = State()
            try SpendingStore.forEach(since: BudgetPeriod.day(of: first), in: connection) { key, amount in
                Self.add(amount, key, to: &state)
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
            func amount(_ sum: Sum?) -> Int64 { sum.map { $0.start == start ? $0.microUSD : 0 } ?? 0 }
            return SpendingHistory(spent: amount(state.sums[place]), leased: amount(state.leases[place]))
        }
    }

    /// A batch is in the file.
    func add(_ tally: SpendingTally) {
        guard !tally.sums.isEmpty else { return }
        state.withLock { state in
            for (key, sum) in tally.sums { Self.add(sum.microUSD, key, to: &state) }
        }
    }

    private static func add(_ amount: Int64, _ key: SpendingTally.Key, to state: inout State) {
        let moment = Timestamp(milliseconds: key.day * BudgetPeriod.dayMilliseconds)
        for period in BudgetPeriod.allCases {
            let start = period.span(of: moment).lowerBound
            for subject in [
                LimitedSubject(.key, key.key), LimitedSubject(.project, key.project),
                LimitedSubject(.deployment, key.deployment),
            ] {
                let place = Place(subject: subject, period: period)
                var sum = state.sums[place] ?? Sum(start: start)
                // An outcome of yesterday that is written today does not bring yesterday back.
                guard start >= sum.start else { continue }
                if start > sum.start { sum = Sum(start: start) }
                sum.microUSD = sum.microUSD.addingReportingOverflow(amount).overflow ? .max : sum.microUSD + amount
                state.sums[place] = sum
            }
        }
    }
}
