import Domain
import Reactor

/// What a try's end tells all others about its upstream.
extension Trial {
    /// With something that is of use to the caller.
    @inline(__always)
    func answered() {
        if plan.coolDown.isStruck { plan.coolDown.forgetStrikes() }
        replied()
    }

    /// If only to refuse.
    @inline(__always)
    private func replied() {
        if !plan.health.isAtEase { succeeded() }
    }

    @inline(never)
    private func succeeded() {
        // What an operator has decided is not learnt from.
        guard plan.breakerMode == .automatic else { return }
        plan.health.succeeded(permit, at: exchange.now())
    }

    /// - Parameters:
    ///   - isStream: whether the answer had begun: how long it then takes is for its length to say.
    ///   - isSent: whether the caller had sent all of its request.
    func failed(_ failure: TrialFailure, isStream: Bool = false, isSent: Bool = true) {
        guard exchange.hasBegun else { return }
        switch BreakerRule.verdict(of: failure, hadItsTime: hasWholeTime && !isStream && isSent) {
        case .answer: replied()
        case .failure where plan.breakerMode == .automatic:
            plan.health.failed(permit, failure.code, at: exchange.now())
        case .failure, .nothing: break
        }
    }

    /// Whether its provider may have done what it was asked, and count it, all the same.
    func mayBeBilled(_ failure: TrialFailure) -> Bool { failure.mayBeBilled && exchange.hasBegun }

    /// The provider answered 429: its model is spared for as long as it says. One that says nothing may have meant this
    /// one request; the second in a row does not.
    /// - Parameter head: where it says more than the transfer's.
    func limited(_ head: UpstreamHead? = nil) {
        replied()
        let now = exchange.now()
        let asked = RetryAfter.nanoseconds(head ?? exchange.head, now: record.time(at: now))
        let terms = plan.health.coolDownTerms
        var span = asked ?? 0
        if asked == nil, plan.coolDown.strike() { span = terms.standard }
        plan.health.limited(plan.coolDown, until: now.nanoseconds + min(span, terms.most), at: now)
    }
}
