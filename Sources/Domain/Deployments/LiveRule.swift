/// A routing rule over the variants of a live deployment.
package struct LiveRule: Sendable {
    package let name: String
    package let condition: Condition
    /// By the places of the variants.
    package let weights: [Weight]
    let assignment: Assignment

    init(_ rule: RoutingRule, of deployment: String, _ variants: [LiveVariant]) {
        let weights = variants.map { variant in
            rule.shares.first { $0.variant == variant.name }?.weight ?? Weight(hundredths: 0)
        }
        name = rule.name
        condition = rule.condition
        self.weights = weights
        // The deployment's own salt: nobody moves to a variant whose share the rule does not raise.
        assignment = Assignment(
            salt: deployment, variants: zip(variants, weights).map { (name: $0.name, weight: $1) })
    }
}
