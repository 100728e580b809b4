import Domain
import Reactor
import Synchronization

/// What all loops know about one model of a provider: whether it may be asked, and how often again.
///
/// While all is well nothing here is ever written, and an inference reads one word: `isUneasy`. Only when something
/// has failed of late do the loops meet at a lock, which is held for some tens of nanoseconds. So the window of a
/// breaker begins with a failure: what went well before is not counted.
final class UpstreamHealth: Sendable {
    private struct State: Sendable {
        var breaker: Breaker
        var budget: RetryBudget
        var lastError: String?
        var opened = 0
        var halfOpened = 0
        var closed = 0
        var skips = 0
        var retries = 0
        var refusedRetries = 0
        var limits = 0
    }

    let project: String
    let provider: String
    /// The provider's own id of it.
    let model: String
    /// Of the provider: what was learnt of it says nothing of another server.
    let baseURL: String
    /// Nanoseconds that a model is spared after answers of 429 which say nothing, and at most.
    let coolDownTerms: (standard: UInt64, most: UInt64)
    /// Of variants that run at several places.
    let load = UpstreamLoad()
    private let isUneasy = Atomic<Bool>(false)
    private let state: Mutex<State>
    private let coolDowns = Mutex<[String: CoolDown]>([:])
    private let report: @Sendable (UpstreamChange) -> Void

    init(
        project: String, provider: String, model: String = "", baseURL: String = "", _ settings: ResilienceSettings,
        report: @escaping @Sendable (UpstreamChange) -> Void = { _ in }
    ) {
        self.project = project
        self.provider = provider
        self.model = model
        self.baseURL = baseURL
        self.report = report
        coolDownTerms = (
            UInt64(settings.coolDownMilliseconds) * 1_000_000, UInt64(settings.coolDownMaxMilliseconds) * 1_000_000
        )
        let budget = RetryBudget.Terms(
            percent: settings.retryBudgetPercent, perSecond: settings.retryBudgetPerSecond)
        state = Mutex(State(breaker: Breaker(BreakerTerms(settings)), budget: RetryBudget(budget)))
    }

    /// Nothing has failed of late: it need neither be asked for leave nor told of successes.
    @inline(__always)
    var isAtEase: Bool { !isUneasy.load(ordering: .relaxed) }

    // MARK: Before a try

    /// An inference is about to ask this upstream for the first time. A refusal is counted as one that was skipped.
    func admit(at now: MonotonicInstant) -> Breaker.Verdict {
        change(at: now) { state in
            let verdict = state.breaker.admit(at: now.nanoseconds)
            if case .refuse = verdict { state.skips += 1 } else { state.budget.deposit(at: now.nanoseconds) }
            return verdict
        }
    }

    /// The same, where an operator decides whether it is asked.
    func isAsked(at now: MonotonicInstant) {
        change(at: now) { $0.budget.deposit(at: now.nanoseconds) }
    }

    /// An inference left it out, since an operator said so.
    func isSkipped(at now: MonotonicInstant) {
        change(at: now) { $0.skips += 1 }
    }

    /// Whether it would not be asked now.
    func refuses(at now: MonotonicInstant) -> Bool {
        !isAtEase && state.withLock { $0.breaker.refuses(at: now.nanoseconds) }
    }

    /// - Returns: nil when the same inference may not ask it again.
    func retry(at now: MonotonicInstant, _ mode: BreakerMode) -> RetryPermit? {
        let may = change(at: now) { state in
            // Who opened it meanwhile, or let it stay open, has seen enough.
            guard mode == .forcedClosed || state.breaker.state == .closed else { return false }
            let may = state.budget.withdraw(at: now.nanoseconds)
            if !may { state.refusedRetries += 1 }
            return may
        }
        return may ? RetryPermit(of: self) : nil
    }

    /// A retry that was allowed is made.
    func retried(at now: MonotonicInstant) {
        change(at: now) { $0.retries += 1 }
    }

    /// It is not.
    func notRetried(at now: MonotonicInstant) {
        change(at: now) { $0.budget.giveBack() }
    }

    /// Whether a retry that was allowed is still due after its wait.
    func letsRetry(_ mode: BreakerMode) -> Bool {
        mode == .forcedClosed || state.withLock { $0.breaker.state == .closed }
    }

    // MARK: After a try

    /// It answered. Not to be called while it is at ease, which would be in vain.
    func succeeded(_ permit: TrialPermit?, at now: MonotonicInstant) {
        permit?.use()
        change(at: now) { $0.breaker.succeeded(permit?.ticket, at: now.nanoseconds) }
    }

    /// - Parameter error: a short code.
    func failed(_ permit: TrialPermit?, _ error: String, at now: MonotonicInstant) {
        permit?.use()
        change(at: now) { state in
            state.lastError = error
            state.breaker.failed(permit?.ticket, at: now.nanoseconds)
        }
    }

    func released(_ trial: Breaker.Ticket) {
        change(at: .now()) { $0.breaker.released(trial) }
    }

    /// It answered 429: `coolDown` begins or goes on, until `end` in nanoseconds.
    func limited(_ coolDown: CoolDown, until end: UInt64, at now: MonotonicInstant) {
        coolDown.extend(to: end)
        change(at: now) { $0.limits += 1 }
    }

    /// Asked when a plan is made.
    func coolDown(of model: String) -> CoolDown {
        coolDowns.withLock { known in
            if let coolDown = known[model] { return coolDown }
            let coolDown = CoolDown()
            known[model] = coolDown
            return coolDown
        }
    }

    /// An operator has decided anew.
    func endCoolDowns() {
        for coolDown in coolDowns.withLock({ Array($0.values) }) { coolDown.finish() }
    }

    // MARK: To be looked at

    func condition(at now: MonotonicInstant) -> UpstreamCondition {
        let state = state.withLock { $0 }
        var condition = UpstreamCondition()
        condition.circuit = Self.circuit(state.breaker.state)
        condition.openMilliseconds = Self.openMilliseconds(state.breaker.state, at: now)
        condition.consecutiveFailures = state.breaker.consecutiveFailures
        let sums = state.breaker.sums(at: now.nanoseconds)
        condition.windowRequests = sums.requests
        condition.windowFailures = sums.failures
        condition.lastError = state.lastError
        condition.transitions = [.open: state.opened, .halfOpen: state.halfOpened, .closed: state.closed]
        condition.skips = state.skips
        condition.retries = state.retries
        condition.refusedRetries = state.refusedRetries
        condition.limits = state.limits
        condition.coolDowns = coolDowns.withLock { $0 }.compactMap { model, coolDown in
            let remaining = coolDown.remaining(at: now)
            guard remaining > 0 else { return nil }
            return .init(model: model, remainingMilliseconds: Self.milliseconds(remaining))
        }.sorted { $0.model < $1.model }
        return condition
    }

    private static func circuit(_ state: Breaker.State) -> UpstreamCondition.Circuit {
        switch state {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    private static func openMilliseconds(_ state: Breaker.State, at now: MonotonicInstant) -> Int? {
        guard case .open(let until) = state else { return nil }
        return milliseconds(until > now.nanoseconds ? until - now.nanoseconds : 0)
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Int { Int((nanoseconds + 999_999) / 1_000_000) }

    /// Whoever closed, opened or half-opened the breaker tells of it, outside of the lock.
    @discardableResult
    private func change<Result>(at now: MonotonicInstant, _ body: (inout State) -> Result) -> Result {
        let (result, change) = state.withLock { state -> (Result, UpstreamChange?) in
            let before = Self.circuit(state.breaker.state)
            let result = body(&state)
            let after = Self.circuit(state.breaker.state)
            isUneasy.store(
                !(state.budget.isFull && state.breaker.isCalm(at: now.nanoseconds)), ordering: .relaxed)
            guard after != before else { return (result, nil) }
            switch after {
            case .open: state.opened += 1
            case .halfOpen: state.halfOpened += 1
            case .closed: state.closed += 1
            }
            let change = UpstreamChange(
                project: project, provider: provider, model: model, circuit: after,
                openMilliseconds: Self.openMilliseconds(state.breaker.state, at: now),
                error: after == .open ? state.lastError : nil)
            return (result, change)
        }
        if let change { report(change) }
        return result
    }
}
