import Domain
import Reactor

/// What a try's end tells all others about its upstream.
extension Trial {
    @inline(__always)
    func answered() {
        if !plan.health.isAtEase { succeeded() }
    }

    @inline(never)
    private func succeeded() {
        // What an operator has decided is not learnt from.
        guard plan.breakerMode == .automatic else { return }
        plan.health.succeeded(permit, at: exchange.now())
    }

    /// - Parameter hadItsTime: as `BreakerRule` asks.
    func failed(_ failure: TrialFailure, hadItsTime: Bool) {
        switch BreakerRule.verdict(of: failure, hadItsTime: hadItsTime) {
        case .answer: answered()
        case .failure where plan.breakerMode == .automatic:
            plan.health.failed(permit, failure.code, at: exchange.now())
        case .failure, .nothing: break
        }
    }

    /// The provider answered 429.
    /// - Parameter asked: nanoseconds; nil when it did not say.
    func limited(_ asked: UInt64?, _ policy: TryPolicy) {
        let now = exchange.now()
        let span = min(asked ?? policy.coolDown.standard, policy.coolDown.most)
        plan.health.limited(plan.coolDown, until: now.nanoseconds + span, at: now)
    }
}
