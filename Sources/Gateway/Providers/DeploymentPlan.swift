import Domain
import Synchronization

/// What serving a deployment takes and is the same for every request: made once, and kept with the deployment.
final class DeploymentPlan: Sendable {
    /// In the order of the deployment's variants.
    let variants: [VariantPlan]
    private let tally = Mutex<CacheTally?>(nil)
    /// Whether all of them are asked of the same provider.
    let hasOneProvider: Bool
    let policy: TryPolicy

    private init(_ deployment: LiveDeployment, _ gateway: Gateway) {
        variants = deployment.variants.map { variant in
            VariantPlan(
                variant, of: deployment, gateway.upstreams.health(of: variant.provider, in: deployment.project))
        }
        policy = TryPolicy(deployment.options.resilience, gateway.settings)
        hasOneProvider = Set(deployment.variants.map(\.provider.id)).count == 1
    }

    /// What the cache counts for the deployment, over all of its revisions.
    func cacheTally(_ deployment: LiveDeployment, in cache: AnswerCache) -> CacheTally {
        tally.withLock { tally in
            if let tally { return tally }
            let found = cache.tally(of: deployment)
            tally = found
            return found
        }
    }

    static func of(_ deployment: LiveDeployment, _ gateway: Gateway) -> DeploymentPlan {
        deployment.derived.product { DeploymentPlan(deployment, gateway) }
    }
}
