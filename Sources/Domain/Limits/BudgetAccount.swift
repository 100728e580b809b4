import Synchronization

/// What of a subject's money is spent and promised in the running period. Micro-USD throughout.
///
/// Exact over all threads: a promise is made only where it fits beside what is spent and promised already, under a lock
/// that is held for some ten nanoseconds. What is `leased` lies in the file as though it were spent: after a crash the
/// account begins with that, and so never with less than was spent.
///
/// The wall clock says which period runs, and may be wrong. One that leaps ahead begins another period; when it is set
/// back the period before goes on with all that it had, and counts what the other has as its own meanwhile. Each keeps
/// what is spent and promised in it, so that neither begins anew when the clock comes to it a second time.
///
/// It is read under the lock, so that a reading which is earlier than the one before it is the clock's own doing, and
/// never that of somebody who read it, and was then a long time on the way.
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

    /// One that a clock which was ahead has begun.
    private struct Later {
        var state: State
        /// When the period began in which it is counted meanwhile.
        var countedFrom: Int64
    }

    private struct Periods {
        var current: State
        /// The last before it, the newest last.
        var former: [State] = []
        /// Those after it, the next first.
        var later: [Later] = []

        /// The running period, with what is counted in it of later ones.
        var standing: State {
            var state = current
            for other in later where other.countedFrom == current.span.lowerBound {
                BudgetAccount.spend(other.state.spent, in: &state)
                state.promised += other.state.promised
                state.isAlerted = state.isAlerted || other.state.isAlerted
                state.isExceeded = state.isExceeded || other.state.isExceeded
            }
            return state
        }
    }

    package let period: BudgetPeriod
    private let periods: Mutex<Periods>
    private static let formerMax = 3
    private static let laterMax = 8
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

    /// - Parameters:
    ///   - isRefusal: whether somebody is refused where there is no room, and does not merely do without.
    ///   - now: read under the lock.
    package func promise(
        _ amount: Int64, within budget: Budget, isRefusal: Bool = true, at now: @autoclosure () -> Timestamp
    ) -> Verdict {
        periods.withLock { periods in
            turn(&periods, to: now())
            let state = periods.standing
            let left = budget.microUSD - state.spent - state.promised
            guard amount <= left else {
                if isRefusal { periods.current.isExceeded = true }
                return .exceeded(
                    left: max(0, left), until: state.span.upperBound, isFirst: isRefusal && !state.isExceeded)
            }
            periods.current.promised += amount
            return .promised(
                Promise(microUSD: amount, start: state.span.lowerBound),
                needsLease: Self.needsLease(periods.standing, budget))
        }
    }

    /// The inference has ended.
    /// - Parameter spent: what it cost, rounded up.
    @discardableResult
    package func settle(_ promise: Promise, spent: Int64, _ budget: Budget) -> Settlement {
        periods.withLock { periods in
            var settlement = Settlement()
            guard Self.settle(promise, spent, &periods) else { return settlement }
            let state = periods.standing
            settlement.needsLease = Self.needsLease(state, budget)
            if let alert = budget.alertMicroUSD, state.spent >= alert, !state.isAlerted {
                periods.current.isAlerted = true
                settlement.isAlertDue = true
            }
            return settlement
        }
    }

    /// As though it had never been made: no alert is told here, and so none is due.
    func withdraw(_ promise: Promise) {
        periods.withLock { _ = Self.settle(promise, 0, &$0) }
    }

    /// - Returns: whether it counts in the running period.
    private static func settle(_ promise: Promise, _ spent: Int64, _ periods: inout Periods) -> Bool {
        let running = periods.current.span.lowerBound
        if promise.start == running {
            settle(promise, spent, in: &periods.current)
            return true
        }
        if let index = periods.later.firstIndex(where: { $0.state.span.lowerBound == promise.start }) {
            settle(promise, spent, in: &periods.later[index].state)
            return periods.later[index].countedFrom == running
        }
        if let index = periods.former.lastIndex(where: { $0.span.lowerBound == promise.start }) {
            settle(promise, spent, in: &periods.former[index])
        }
        // Else of one that was over so long ago that nobody knows it any more.
        return false
    }

    private static func settle(_ promise: Promise, _ spent: Int64, in state: inout State) {
        state.promised -= promise.microUSD
        spend(spent, in: &state)
    }

    /// Something was spent that nothing was promised for, since no budget was on.
    package func spend(_ amount: Int64) {
        guard amount > 0 else { return }
        periods.withLock { Self.spend(amount, in: &$0.current) }
    }

    /// The same for one that began at this moment, in the period that holds it.
    package func spend(_ amount: Int64, at moment: Timestamp) {
        guard amount > 0 else { return }
        periods.withLock { periods in
            if moment.milliseconds >= periods.current.span.upperBound { turn(&periods, to: moment) }
            if periods.current.span.contains(moment.milliseconds) {
                Self.spend(amount, in: &periods.current)
            } else if let index = periods.former.firstIndex(where: { $0.span.contains(moment.milliseconds) }) {
                Self.spend(amount, in: &periods.former[index])
            }
        }
    }

    /// What should be leased now; nil when no new lease is due.
    /// - Parameter now: read under the lock.
    package func leaseDue(
        _ budget: Budget, at now: @autoclosure () -> Timestamp
    ) -> (start: Int64, microUSD: Int64)? {
        periods.withLock { periods in
            turn(&periods, to: now())
            let state = periods.standing
            let wanted = min(budget.microUSD, state.spent + state.promised + Self.margin(budget))
            return wanted > state.leased && Self.needsLease(state, budget) ? (state.span.lowerBound, wanted) : nil
        }
    }

    /// A lease is in the file, which has one for a budget: where it is another period's, the running one has none.
    package func leased(_ amount: Int64, from start: Int64) {
        periods.withLock { periods in
            let isOfCurrent = periods.current.span.lowerBound == start
            periods.current.leased = isOfCurrent ? max(periods.current.leased, amount) : 0
        }
    }

    /// - Parameter now: read under the lock.
    package func current(at now: @autoclosure () -> Timestamp) -> State {
        periods.withLock { periods in
            turn(&periods, to: now())
            return periods.standing
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
        let span = period.span(of: now)
        if now.milliseconds >= periods.current.span.upperBound {
            periods.former.append(periods.current)
            let passed = periods.later.prefix { $0.state.span.lowerBound < span.lowerBound }.count
            periods.former += periods.later.prefix(passed).map(\.state)
            periods.later.removeFirst(passed)
            periods.former.removeFirst(max(0, periods.former.count - Self.formerMax))
            // A period that begins while the process runs begins with nothing spent, unless it has begun before.
            let isKnown = periods.later.first?.state.span == span
            periods.current = isKnown ? periods.later.removeFirst().state : State(span: span)
        } else {
            turnBack(&periods, to: span)
        }
        // The lease of the other has taken this one's place in the file.
        periods.current.leased = 0
    }

    /// What was counted for later is counted now: nothing that was spent is forgotten because a clock was wrong.
    private func turnBack(_ periods: inout Periods, to span: Range<Int64>) {
        let index = periods.former.firstIndex { $0.span.lowerBound >= span.lowerBound } ?? periods.former.count
        var later = Array(periods.former[index...]) + [periods.current] + periods.later.map(\.state)
        periods.former.removeSubrange(index...)
        periods.current = later[0].span == span ? later.removeFirst() : State(span: span)
        while later.count > Self.laterMax {
            let last = later.removeLast()
            Self.spend(last.spent, in: &later[later.count - 1])
        }
        periods.later = later.map { Later(state: $0, countedFrom: span.lowerBound) }
    }
}
