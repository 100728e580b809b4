import Domain
import HTTP

/// What serving a variant takes and is the same for every request.
final class VariantPlan: Sendable {
    let target: UpstreamTarget
    /// The header fields that tell the caller what it was assigned to.
    let fields: Headers

    init(_ variant: LiveVariant, of deployment: LiveDeployment) {
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
    }
}
