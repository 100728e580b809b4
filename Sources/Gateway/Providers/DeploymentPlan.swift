import Domain
import Synchronization

/// What serving a deployment takes and is the same for every request: made once, and kept with the deployment.
final class DeploymentPlan: Sendable {
    /// In the order of the deployment's variants.
    let variants: [VariantPlan]
    private let tally = Mutex<CacheTally?>(nil)

    private init(_ deployment: LiveDeployment) {
        variants = deployment.variants.map { VariantPlan($0, of: deployment) }
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

    static func of(_ deployment: LiveDeployment) -> DeploymentPlan {
        deployment.derived.product { DeploymentPlan(deployment) }
    }
}
