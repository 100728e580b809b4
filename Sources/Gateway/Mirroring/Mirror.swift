import Domain
import HTTP
import Reactor

/// The shadow of a deployment: worked out once per revision.
final class Mirror: Sendable {
    let policy: MirrorPolicy
    let plan: VariantPlan
    let budget: MirrorBudget
    let storesBodies: Bool
    let tries: TryPolicy

    /// - Returns: nil where there is none.
    init?(of deployment: LiveDeployment, _ plans: [VariantPlan], _ tries: TryPolicy, _ gateway: Gateway) {
        guard let policy = deployment.options.mirror,
            let plan = plans.first(where: { $0.variant.name == policy.variant })
        else { return nil }
        self.policy = policy
        self.plan = plan
        self.tries = tries
        budget = gateway.mirrors.ledger(of: deployment)
        storesBodies = deployment.options.storesBodies
    }

    /// - Returns: nil for an inference that is not one of the share.
    func ticket(
        _ gateway: Gateway, _ request: Request, _ chat: CallerRequest, _ principal: Principal, _ choice: VariantChoice,
        _ record: InferenceRecord
    ) -> MirrorTicket? {
        // Forms pass and are not held; and nobody would ask for what a shadow leaves at its provider.
        guard record.outcome.arm !== plan.arm, !chat.surface.givesMedia, !chat.surface.keepsState, chat.upload == nil,
            takes(record.outcome.id)
        else { return nil }
        return MirrorTicket(gateway, self, request, chat, principal, within: choice.regions)
    }

    /// By the inference's id, so that those of a smaller share are among those of a larger one.
    func takes(_ outcome: ULID) -> Bool {
        StableHash.mix(outcome.high ^ outcome.low) % UInt64(Weight.whole.hundredths) < UInt64(policy.share.hundredths)
    }
}
