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

    /// What one inference has taken of a meter, to be settled there once.
    package struct Hold: Sendable {
        package let tokens: UInt64
        let promise: BudgetAccount.Promise?
        /// Nanoseconds of the monotonic clock.
        let takenAt: UInt64
        package let needsLease: Bool
        /// Whether it is more of tokens and money for what has its place already.
        package private(set) var isMore = false

        fileprivate var asFirst: Hold {
            var first = self
            first.isMore = false
            return first
        }
    }

    package enum Limit: String, Sendable, CaseIterable {
        case requests = "requests_per_minute"
        case tokens = "tokens_per_minute"
        case concurrent
        case budget
    }

    package enum Refusal: Sendable {
        /// Nanoseconds until it is worth another try.
        case limit(Limit, after: UInt64)
        case budget(left: Int64, until: Int64, isFirst: Bool)
        /// So many tokens are more than ever are let through at once.
        case tooManyTokens(UInt64)
        /// So much money is more than all of the budget. Micro-USD.
        case tooDear(Int64)
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
    /// Of budgets that were on before: what they count goes on, so that they can be on again.
    private let others: [BudgetAccount]
    private let counts: Counts
    private let requests: CellRule?
    private let tokens: CellRule?
    private let concurrentMax: Int64?
    private let requestsPerMinute: UInt64

    package init(
        _ subject: LimitedSubject, name: String, limits: RateLimits?, budget: Budget?, counts: Counts,
        account: BudgetAccount?, others: [BudgetAccount] = []
    ) {
        self.subject = subject
        self.name = name
        self.limits = limits
        self.budget = budget
        self.account = account
        self.others = others
        self.counts = counts
        requests = limits?.requestRule
        tokens = limits?.tokenRule
        concurrentMax = limits?.concurrent
        requestsPerMinute = UInt64(max(0, limits?.requestsPerMinute ?? 0))
    }

    /// Takes a place, a request, tokens and money, or nothing at all.
    /// - Parameters:
    ///   - tokens: the estimate.
    ///   - ceiling: what it can cost at most, in micro-USD; nil when no price is known.
    ///   - allowsUnpriced: whether a budget lets through what has no price.
    ///   - now: nanoseconds of the monotonic clock.
    ///   - later: the same clock, read when something has to be given back.
    ///   - wall: read where there is a budget, under its account's lock.
    package func take(
        tokens count: UInt64, ceiling: Int64?, allowsUnpriced: Bool, now: UInt64, later: @autoclosure () -> UInt64,
        wall: @autoclosure () -> Timestamp
    ) -> Verdict {
        if !enter() { return .refused(.limit(.concurrent, after: Self.pause)) }
        if let requests, case .after(let wait) = counts.requests.take(1, requests, at: now) {
            leave()
            return .refused(.limit(.requests, after: wait))
        }
        let verdict = takeMore(
            tokens: count, ceiling: ceiling, allowsUnpriced: allowsUnpriced, now: now, later: later(), wall: wall())
        switch verdict {
        case .taken(let hold): return .taken(hold.asFirst)
        case .refused:
            leave()
            if let requests { counts.requests.giveBack(1, requests, takenAt: now, at: later()) }
            return verdict
        }
    }

    /// Takes tokens and money alone: beside the rest, or as more of it for a further try.
    /// - Parameters:
    ///   - amount: micro-USD; nil when no price is known.
    ///   - isRefusal: as for `BudgetAccount.promise`.
    package func takeMore(
        tokens count: UInt64, ceiling amount: Int64?, allowsUnpriced: Bool, isRefusal: Bool = true, now: UInt64,
        later: @autoclosure () -> UInt64, wall: @autoclosure () -> Timestamp
    ) -> Verdict {
        if let tokens, count > 0 {
            switch counts.tokens.take(count, tokens, at: now) {
            case .taken: break
            case .after(let wait): return .refused(.limit(.tokens, after: wait))
            case .never: return .refused(.tooManyTokens(count))
            }
        }
        var hold = Hold(tokens: count, promise: nil, takenAt: now, needsLease: false, isMore: true)
        guard let budget, let account else { return .taken(hold) }
        let refusal: Refusal
        if let amount = amount ?? (allowsUnpriced ? 0 : nil) {
            if amount > budget.microUSD {
                refusal = .tooDear(amount)
            } else {
                switch account.promise(amount, within: budget, isRefusal: isRefusal, at: wall()) {
                case .promised(let promise, let needsLease):
                    hold = Hold(
                        tokens: count, promise: promise, takenAt: now, needsLease: needsLease,
                        isMore: true)
                    return .taken(hold)
                case .exceeded(let left, let until, let isFirst):
                    refusal = .budget(left: left, until: until, isFirst: isFirst)
                }
            }
        } else {
            refusal = .unpriced
        }
        if let tokens { counts.tokens.giveBack(count, tokens, takenAt: now, at: later()) }
        return .refused(refusal)
    }

    /// The inference has ended, or the try that took more.
    /// - Parameters:
    ///   - used: tokens; nil when nobody knows, and the estimate stands.
    ///   - spent: micro-USD, rounded up.
    @discardableResult
    package func settle(
        _ hold: Hold, used: UInt64?, spent: Int64, now: @autoclosure () -> UInt64
    ) -> BudgetAccount.Settlement {
        if !hold.isMore { leave() }
        if let tokens, let used {
            if used > hold.tokens {
                counts.tokens.charge(used - hold.tokens, tokens, at: now())
            } else {
                counts.tokens.giveBack(hold.tokens - used, tokens, takenAt: hold.takenAt, at: now())
            }
        }
        for other in others { other.spend(spent) }
        guard let account else { return BudgetAccount.Settlement() }
        guard let budget, let promise = hold.promise else {
            account.spend(spent)
            return BudgetAccount.Settlement()
        }
        return account.settle(promise, spent: spent, budget)
    }

    /// As though it had never been asked for: another limit refused it.
    package func undo(_ hold: Hold, now: @autoclosure () -> UInt64) {
        if let tokens { counts.tokens.giveBack(hold.tokens, tokens, takenAt: hold.takenAt, at: now()) }
        if let account, let promise = hold.promise { account.withdraw(promise) }
        guard !hold.isMore else { return }
        leave()
        if let requests { counts.requests.giveBack(1, requests, takenAt: hold.takenAt, at: now()) }
    }

    /// The same budget without the limits: for what is asked beside the request that was counted by them, and is none
    /// of those that run.
    package var ofMoneyAlone: Meter {
        Meter(subject, name: name, limits: nil, budget: budget, counts: Counts(), account: account, others: others)
    }

    /// Whether what is settled here is spent there.
    func counts(in account: BudgetAccount) -> Bool {
        self.account === account || others.contains { $0 === account }
    }

    /// For the header fields of an answer: the limit, what is left of it, and the nanoseconds until all of it is.
    package struct LimitState: Sendable, Equatable {
        package let limit: UInt64
        package let remaining: UInt64
        package let untilFull: UInt64
    }

    package func requestState(at now: UInt64) -> LimitState? {
        guard let requests else { return nil }
        let state = counts.requests.state(requests, at: now)
        return LimitState(limit: requestsPerMinute, remaining: state.remaining, untilFull: state.untilFull)
    }

    package func tokenState(at now: UInt64) -> LimitState? {
        guard let tokens else { return nil }
        let state = counts.tokens.state(tokens, at: now)
        return LimitState(limit: tokens.perMinute, remaining: state.remaining, untilFull: state.untilFull)
    }

    /// Inferences that run.
    package var running: Int64 { counts.running.load(ordering: .relaxed) }

    /// A guess: nobody knows when one of them ends.
    private static let pause: UInt64 = 250_000_000

    /// Counted without a limit as well: one that is turned on later finds what runs then.
    private func enter() -> Bool {
        guard let concurrentMax else {
            counts.running.add(1, ordering: .relaxed)
            return true
        }
        var seen = counts.running.load(ordering: .relaxed)
        while seen < concurrentMax {
            let (isDone, current) = counts.running.weakCompareExchange(
                expected: seen, desired: seen + 1, ordering: .relaxed)
            if isDone { return true }
            seen = current
        }
        return false
    }

    private func leave() { counts.running.subtract(1, ordering: .relaxed) }
}
