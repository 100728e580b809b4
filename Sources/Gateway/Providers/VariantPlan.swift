import Domain
import HTTP

/// What serving a variant takes and is the same for every request.
final class VariantPlan: Sendable {
    let variant: LiveVariant
    let target: UpstreamTarget
    /// The header fields that tell the caller what it was assigned to.
    let fields: Headers
    /// What its outcomes have in common.
    let arm: OutcomeArm

    init(_ variant: LiveVariant, of deployment: LiveDeployment) {
        self.variant = variant
        let provider = variant.provider
        let wire = ProviderWire.of(provider.kind)
        target = UpstreamTarget(
            url: provider.baseURL + wire.chatPath, headers: wire.fields(for: provider),
            policy: AddressPolicy(allowsPrivate: provider.allowPrivate))
        var fields = Headers()
        fields.add("x-signalbox-deployment", deployment.name)
        fields.add("x-signalbox-revision", String(deployment.revision))
        fields.add("x-signalbox-variant", variant.name)
        self.fields = fields
        arm = OutcomeArm(
            project: deployment.project, deploymentID: deployment.id, deployment: deployment.name,
            environment: deployment.environment, revision: deployment.revision, variant: variant.name,
            provider: provider.name, model: variant.model, prompt: variant.prompt)
    }
}
