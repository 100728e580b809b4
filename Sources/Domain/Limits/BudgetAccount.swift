import Synchronization

/// What of a subject's money is spent and promised in the running period. Micro-USD throughout.
///
/// Exact over all threads: a promise is made only where it fits beside what is spent and promised already, under a lock
/// that is held for some ten nanoseconds. What is `leased` lies in the file as though it were spent: after a crash the
/// account begins with that, and so never with less than was spent.
///
/// The wall clock says which period runs, and may be wrong. One that leaps ahead begins another period; when it is set
/// back the period before goes on with all that it had, and with what was spent in the other meanwhile.
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

    /// What is to be done when an inference has been settled.
    package struct Settlement: Sendable, Equatable {
        package var isAlertDue = false
        package var needsLease = false

        package init() {}
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

    private struct Periods {
        var current: State
        /// The last before it, the newest last.
        var former: [State] = []
    }

    package let period: BudgetPeriod
    private let periods: Mutex<Periods>
    private static let formerMax = 3
    /// Far from where a sum would not fit.
    private static let spentMax = Int64.max / 4

    /// - Parameter history: what the file says of the period that `now` is in.
    package init(period: BudgetPeriod, _ history: SpendingHistory = SpendingHistory(), at now: Timestamp) {
        self.period = period
        var first = State(span: period.span(of: now))
        first.spent = min(max(history.spent, history.leased), Self.spentMax)
        first.leased = history.leased
        periods = Mutex(Periods(current: first))
    }

    package func promise(_ amount: Int64, within budget: Budget, at now: Timestamp) -> Verdict {
        periods.withLock { periods in
            turn(&periods, to: now)
            let left = budget.microUSD - periods.current.spent - periods.current.promised
            guard amount <= left else {
                let isFirst = !periods.current.isExceeded
                periods.current.isExceeded = true
                return .exceeded(left: max(0, left), until: periods.current.span.upperBound, isFirst: isFirst)
            }
            periods.current.promised += amount
            return .promised(
                Promise(microUSD: amount, start: periods.current.span.lowerBound),
                needsLease: Self.needsLease(periods.current, budget))
        }
    }

    /// The inference has ended.
    /// - Parameter spent: what it cost, rounded up.
    @discardableResult
    package func settle(_ promise: Promise, spent: Int64, _ budget: Budget) -> Settlement {
        periods.withLock { periods in
            var settlement = Settlement()
            guard promise.start >= periods.current.span.lowerBound else {
                // Of a period that is over, unless the clock is set back.
                if let index = periods.former.lastIndex(where: { $0.span.lowerBound == promise.start }) {
                    periods.former[index].promised -= promise.microUSD
                    Self.spend(spent, in: &periods.former[index])
                }
                return settlement
            }
            periods.current.promised -= promise.microUSD
            Self.spend(spent, in: &periods.current)
            settlement.needsLease = Self.needsLease(periods.current, budget)
            if let alert = budget.alertMicroUSD, periods.current.spent >= alert, !periods.current.isAlerted {
                periods.current.isAlerted = true
                settlement.isAlertDue = true
            }
            return settlement
        }
    }

    /// Something was spent that nothing was promised for, since no budget was on.
    package func spend(_ amount: Int64) {
        guard amount > 0 else { return }
        periods.withLock { Self.spend(amount, in: &$0.current) }
    }

    /// What should be leased now; nil when no new lease is due.
    package func leaseDue(_ budget: Budget, at now: Timestamp) -> (start: Int64, microUSD: Int64)? {
        periods.withLock { periods in
            turn(&periods, to: now)
            let state = periods.current
            let wanted = min(budget.microUSD, state.spent + state.promised + Self.margin(budget))
            return wanted > state.leased && Self.needsLease(state, budget) ? (state.span.lowerBound, wanted) : nil
        }
    }

    /// A lease is in the file.
    package func leased(_ amount: Int64, from start: Int64) {
        periods.withLock { periods in
            if periods.current.span.lowerBound == start {
                periods.current.leased = max(periods.current.leased, amount)
            }
        }
    }

    package func current(at now: Timestamp) -> State {
        periods.withLock { periods in
            turn(&periods, to: now)
            return periods.current
        }
    }

    /// Whether nothing is known here of the period that `now` is in.
    func isOver(at now: Timestamp) -> Bool {
        periods.withLock { now.milliseconds >= $0.current.span.upperBound }
    }

    /// A sixteenth of the budget: what a crash can make of it unspendable.
    private static func margin(_ budget: Budget) -> Int64 { budget.microUSD / 16 }

    private static func needsLease(_ state: State, _ budget: Budget) -> Bool {
        state.leased < budget.microUSD && state.spent + state.promised + margin(budget) / 2 > state.leased
    }

    private static func spend(_ amount: Int64, in state: inout State) {
        state.spent = min(spentMax, state.spent + min(max(0, amount), spentMax))
    }

    private func turn(_ periods: inout Periods, to now: Timestamp) {
        guard !periods.current.span.contains(now.milliseconds) else { return }
        if now.milliseconds >= periods.current.span.upperBound {
            periods.former.append(periods.current)
            if periods.former.count > Self.formerMax { periods.former.removeFirst() }
            // A period that begins while the process runs begins with nothing spent.
            periods.current = State(span: period.span(of: now))
        } else {
            turnBack(&periods, to: now)
        }
    }

    /// What was counted for later is counted now: nothing that was spent is forgotten because a clock was wrong.
    private func turnBack(_ periods: inout Periods, to now: Timestamp) {
        let span = period.span(of: now)
        let index = periods.former.firstIndex { $0.span.lowerBound >= span.lowerBound } ?? periods.former.count
        var later = Array(periods.former[index...]) + [periods.current]
        periods.former.removeSubrange(index...)
        var state = later[0].span == span ? later.removeFirst() : State(span: span)
        for other in later {
            Self.spend(other.spent, in: &state)
            state.promised += other.promised
            // Its lease has taken this one's place in the file.
            if other.leased > 0 { state.leased = 0 }
            state.isAlerted = state.isAlerted || other.isAlerted
            state.isExceeded = state.isExceeded || other.isExceeded
        }
        periods.current = state
    }
}
