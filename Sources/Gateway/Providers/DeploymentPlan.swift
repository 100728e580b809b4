import Domain

/// What serving a deployment takes and is the same for every request: made once, and kept with the deployment.
final class DeploymentPlan: Sendable {
    /// In the order of the deployment's variants.
    let variants: [VariantPlan]

    private init(_ deployment: LiveDeployment) {
        variants = deployment.variants.map { VariantPlan($0, of: deployment) }
    }

    static func of(_ deployment: LiveDeployment) -> DeploymentPlan {
        deployment.derived.product { DeploymentPlan(deployment) }
    }
}
