import Synchronization

/// What of a subject's money is spent and promised in the running period. Micro-USD throughout.
///
/// Exact over all threads: a promise is made only where it fits beside what is spent and promised already, under a lock
/// that is held for some ten nanoseconds. What is `leased` lies in the file as though it were spent: after a crash the
/// account begins with that, and so never with less than was spent.
package final class BudgetAccount: Sendable {
    /// What is kept until the inference has ended.
    package struct Promise: Sendable {
        package let microUSD: Int64
        /// Of the period that it was made in.
        let start: Int64
    }

    package enum Verdict: Sendable {
        case promised(Promise, needsLease: Bool)
        /// So much is left, and the period ends at this moment, Unix milliseconds. `isFirst`: of the period.
        case exceeded(left: Int64, until: Int64, isFirst: Bool)
    }

    package struct State: Sendable, Equatable {
        /// Unix milliseconds.
        package var span: Range<Int64>
        package var spent: Int64 = 0
        package var promised: Int64 = 0
        package var leased: Int64 = 0
        var isAlerted = false
        var isExceeded = false
    }

    package let period: BudgetPeriod
    private let state: Mutex<State>

    /// - Parameter history: what the file says of the period that `now` is in.
    package init(period: BudgetPeriod, _ history: SpendingHistory = SpendingHistory(), at now: Timestamp) {
        self.period = period
        var first = State(span: period.span(of: now))
        first.spent = max(history.spent, history.leased)
        first.leased = history.leased
        state = Mutex(first)
    }

    package func promise(_ amount: Int64, within budget: Budget, at now: Timestamp) -> Verdict {
        state.withLock { state in
            turn(&state, to: now)
            let left = budget.microUSD - state.spent - state.promised
            guard amount <= left else {
                let isFirst = !state.isExceeded
                state.isExceeded = true
                return .exceeded(left: max(0, left), until: state.span.upperBound, isFirst: isFirst)
            }
            state.promised += amount
            return .promised(
                Promise(microUSD: amount, start: state.span.lowerBound),
                needsLease: state.leased < budget.microUSD
                    && state.spent + state.promised + Self.margin(budget) / 2 > state.leased)
        }
    }

    /// The inference has ended.
    /// - Parameter spent: what it cost, rounded up.
    /// - Returns: whether the alert is due now.
    package func settle(_ promise: Promise, spent: Int64, _ budget: Budget) -> Bool {
        state.withLock { state in
            // Of a period that is over: what it cost is in that period's ledger.
            guard promise.start == state.span.lowerBound else { return false }
            state.promised -= promise.microUSD
            state.spent = state.spent.addingReportingOverflow(spent).overflow ? .max / 2 : state.spent + spent
            guard let alert = budget.alertMicroUSD, state.spent >= alert, !state.isAlerted else { return false }
            state.isAlerted = true
            return true
        }
    }

    /// What should be leased now; nil when no new lease is due.
    package func leaseDue(_ budget: Budget, at now: Timestamp) -> (start: Int64, microUSD: Int64)? {
        state.withLock { state in
            turn(&state, to: now)
            let wanted = min(budget.microUSD, state.spent + state.promised + Self.margin(budget))
            let isDue =
                wanted > state.leased && state.spent + state.promised + Self.margin(budget) / 2 > state.leased
            return isDue ? (state.span.lowerBound, wanted) : nil
        }
    }

    /// A lease is in the file.
    package func leased(_ amount: Int64, from start: Int64) {
        state.withLock { state in
            if state.span.lowerBound == start { state.leased = max(state.leased, amount) }
        }
    }

    package func current(at now: Timestamp) -> State {
        state.withLock { state in
            turn(&state, to: now)
            return state
        }
    }

    /// A sixteenth of the budget: what a crash can make of it unspendable.
    private static func margin(_ budget: Budget) -> Int64 { budget.microUSD / 16 }

    private func turn(_ state: inout State, to now: Timestamp) {
        // Never back: what was spent in a period that a clock went back to would be forgotten.
        guard now.milliseconds >= state.span.upperBound else { return }
        // A period that begins while the process runs begins with nothing spent.
        state = State(span: period.span(of: now))
    }
}
