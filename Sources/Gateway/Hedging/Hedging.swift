import Domain
import Reactor

/// How the inferences of a deployment are hedged: worked out once per revision.
final class Hedging: Sendable {
    let policy: HedgePolicy
    let ledger: HedgeLedger

    /// - Returns: nil where they are not.
    init?(of deployment: LiveDeployment, _ gateway: Gateway) {
        guard let policy = deployment.options.hedge else { return nil }
        self.policy = policy
        ledger = gateway.hedges.ledger(of: deployment)
    }

    /// What a place's answers take; nil where nobody goes by that.
    func times(of variant: LiveVariant) -> PlaceTimes? {
        guard case .quantile = policy.delay else { return nil }
        let (provider, model) = (variant.provider.id, variant.providerModel)
        return PlaceTimes(
            writing: ledger.times(of: provider, model: model, writes: true),
            reading: ledger.times(of: provider, model: model, writes: false))
    }

    /// Whether anything of the kind may be asked twice. Images are dear, and what is given piece by piece, or sent so,
    /// cannot be given back; batches, probes and copies have time.
    static func covers(_ chat: CallerRequest, _ origin: Outcome.Origin) -> Bool {
        // Counting is soon over and costs nothing: among messages it would make their times short and their budget
        // long.
        origin == .traffic && chat.surface.isCheap && chat.upload == nil && chat.surface !== Surface.countTokens
    }

    /// Whether it leaves nothing with its provider that nobody would ever ask for, or find twice: a stored response is
    /// named in its answer alone, and a provider stores them unless it is told not to.
    static func leavesNothing(_ chat: CallerRequest, over routes: [SurfaceRoute]) -> Bool {
        guard !routes.contains(where: { $0.parameters.contains { $0.key == "store" } }) else { return false }
        let said = MemberValue.ranges(of: "store", in: chat.bytes).map { chat.bytes[$0] }
        guard chat.surface.keepsState else { return !said.contains { $0.elementsEqual("true".utf8) } }
        return !said.isEmpty && said.allSatisfy { $0.elementsEqual("false".utf8) }
    }

    /// How long a place is waited for before another is asked, in nanoseconds; nil while that is not known.
    func delay(of plan: VariantPlan, _ chat: CallerRequest, at now: MonotonicInstant) -> UInt64? {
        switch policy.delay {
        case .milliseconds(let milliseconds): UInt64(milliseconds) * 1_000_000
        case .quantile(let quantile):
            plan.times?.of(chat.surface).quantile(quantile, isStream: chat.isStream, at: now)
        }
    }
}
