import Synchronization

/// The limits and the budget of one subject, with what counts against them. Its numbers outlive it: a changed limit
/// goes on where the one before stood.
package final class Meter: Sendable {
    /// What counts; shared by all meters of a subject.
    package final class Counts: Sendable {
        let requests = CellClock()
        let tokens = CellClock()
        let running = Atomic<Int64>(0)

        package init() {}
    }

    /// What one inference has taken, to be settled once.
    package struct Hold: Sendable {
        package let meter: Meter
        let tokens: UInt64
        let promise: BudgetAccount.Promise?
        /// Nanoseconds of the monotonic clock.
        let takenAt: UInt64
        package let needsLease: Bool
    }

    package enum Limit: String, Sendable, CaseIterable {
        case requests = "requests_per_minute"
        case tokens = "tokens_per_minute"
        case concurrent
        case budget
    }

    package enum Refusal: Sendable {
        /// Nanoseconds until it is worth another try; nil when it never is.
        case limit(Limit, after: UInt64?)
        case budget(left: Int64, until: Int64, isFirst: Bool)
        /// A budget is on, and the price is not known.
        case unpriced
    }

    package enum Verdict: Sendable {
        case taken(Hold)
        case refused(Refusal)
    }

    package let subject: LimitedSubject
    /// As people know it.
    package let name: String
    package let limits: RateLimits?
    package let budget: Budget?
    package let account: BudgetAccount?
    private let counts: Counts
    private let requests: CellRule?
    private let tokens: CellRule?
    private let concurrentMax: Int64?

    package init(
        _ subject: LimitedSubject, name: String, limits: RateLimits?, budget: Budget?, counts: Counts,
        account: BudgetAccount?
    ) {
        self.subject = subject
        self.name = name
        self.limits = limits
        self.budget = budget
        self.account = account
        self.counts = counts
        requests = limits?.requestRule
        tokens = limits?.tokenRule
        concurrentMax = limits?.concurrent
    }

    /// Takes a place, a request, tokens and money, or nothing at all.
    /// - Parameters:
    ///   - tokens: the estimate.
    ///   - ceiling: what it can cost at most, in micro-USD; nil when no price is known.
    ///   - allowsUnpriced: whether a budget lets through what has no price.
    ///   - now: nanoseconds of the monotonic clock.
    package func take(
        tokens count: UInt64, ceiling: Int64?, allowsUnpriced: Bool, now: UInt64, wall: Timestamp
    ) -> Verdict {
        if let concurrentMax, !enter(concurrentMax) { return .refused(.limit(.concurrent, after: Self.pause)) }
        if let requests {
            let verdict = counts.requests.take(1, requests, at: now)
            guard verdict == .taken else {
                leave()
                return .refused(.limit(.requests, after: Self.wait(verdict)))
            }
        }
        if let tokens {
            let verdict = counts.tokens.take(count, tokens, at: now)
            guard verdict == .taken else {
                undo(tokens: 0, at: now)
                return .refused(.limit(.tokens, after: Self.wait(verdict)))
            }
        }
        guard budget != nil else {
            return .taken(Hold(meter: self, tokens: count, promise: nil, takenAt: now, needsLease: false))
        }
        let verdict = promise(ceiling, tokens: count, allowsUnpriced: allowsUnpriced, now: now, wall: wall)
        if case .refused = verdict { undo(tokens: count, at: now) }
        return verdict
    }

    /// Takes money alone: beside the rest, or as more of it for a further try.
    /// - Parameter amount: micro-USD; nil when no price is known.
    package func promise(
        _ amount: Int64?, tokens count: UInt64 = 0, allowsUnpriced: Bool, now: UInt64, wall: Timestamp
    ) -> Verdict {
        guard let budget, let account else { return .refused(.unpriced) }
        guard let amount = amount ?? (allowsUnpriced ? 0 : nil) else { return .refused(.unpriced) }
        switch account.promise(amount, within: budget, at: wall) {
        case .promised(let promise, let needsLease):
            return .taken(Hold(meter: self, tokens: count, promise: promise, takenAt: now, needsLease: needsLease))
        case .exceeded(let left, let until, let isFirst):
            return .refused(.budget(left: left, until: until, isFirst: isFirst))
        }
    }

    /// Gives back money that was taken alone.
    package func withdraw(_ hold: Hold) {
        if let budget, let account, let promise = hold.promise { _ = account.settle(promise, spent: 0, budget) }
    }

    /// The inference has ended.
    /// - Parameters:
    ///   - used: tokens; nil when nobody knows, and the estimate stands.
    ///   - spent: micro-USD, rounded up.
    /// - Returns: whether the budget's alert is due.
    package func settle(_ hold: Hold, used: UInt64?, spent: Int64, now: UInt64) -> Bool {
        leave()
        if let tokens, let used {
            if used > hold.tokens {
                counts.tokens.charge(used - hold.tokens, tokens, at: now)
            } else {
                counts.tokens.giveBack(hold.tokens - used, tokens, takenAt: hold.takenAt, at: now)
            }
        }
        guard let budget, let account, let promise = hold.promise else { return false }
        return account.settle(promise, spent: spent, budget)
    }

    /// As though it had never been asked for: another limit refused it.
    package func undo(_ hold: Hold, now: UInt64) {
        undo(tokens: hold.tokens, at: now)
        withdraw(hold)
    }

    /// For the header fields of an answer: the limit, what is left of it, and the nanoseconds until all of it is.
    package func requestState(at now: UInt64) -> (limit: Int64, remaining: UInt64, untilFull: UInt64)? {
        guard let requests, let limit = limits?.requestsPerMinute else { return nil }
        let state = counts.requests.state(requests, at: now)
        return (limit, state.remaining, state.untilFull)
    }

    package func tokenState(at now: UInt64) -> (limit: Int64, remaining: UInt64, untilFull: UInt64)? {
        guard let tokens, let limit = limits?.tokensPerMinute else { return nil }
        let state = counts.tokens.state(tokens, at: now)
        return (limit, state.remaining, state.untilFull)
    }

    /// Inferences that run.
    package var running: Int64 { counts.running.load(ordering: .relaxed) }

    /// A guess: nobody knows when one of them ends.
    private static let pause: UInt64 = 250_000_000

    private static func wait(_ verdict: CellClock.Verdict) -> UInt64? {
        if case .after(let nanoseconds) = verdict { nanoseconds } else { nil }
    }

    private func enter(_ most: Int64) -> Bool {
        var seen = counts.running.load(ordering: .relaxed)
        while seen < most {
            let (isDone, current) = counts.running.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .relaxed)
            if isDone { return true }
            seen = current
        }
        return false
    }

    private func leave() {
        if concurrentMax != nil { counts.running.subtract(1, ordering: .relaxed) }
    }

    private func undo(tokens count: UInt64, at now: UInt64) {
        leave()
        if let requests { counts.requests.giveBack(1, requests, takenAt: now, at: now) }
        if let tokens, count > 0 { counts.tokens.giveBack(count, tokens, takenAt: now, at: now) }
    }
}
