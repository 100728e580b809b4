/// One revision of a deployment, ready to serve.
package final class LiveDeployment: Sendable {
    package let id: String
    package let project: String
    package let name: String
    package let environment: String
    package let revision: Int
    package let options: DeploymentOptions
    /// In the order in which they were written; their weights sum to 100%.
    package let variants: [LiveVariant]
    /// Tried in this order when the assigned variant fails before its first byte; indices into `variants`.
    package let fallbacks: [Int]
    private let assignment: Assignment
    /// What serving it takes, as the gateway works it out.
    package let derived = Derived()

    package init(
        id: String, project: String, name: String, environment: String, revision: Int,
        options: DeploymentOptions = DeploymentOptions(), variants: [LiveVariant]
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.environment = environment
        self.revision = revision
        self.options = options
        self.variants = variants
        fallbacks = options.fallbacks.compactMap { name in variants.firstIndex { $0.name == name } }
        assignment = Assignment(
            salt: id, variants: variants.map { (name: $0.name, weight: $0.weight) })
    }

    /// The variant that `unit` belongs to under this revision's weights, and the probability of that assignment.
    package func assign(unit: String) -> (index: Int, probability: Double) {
        let index = assignment.index(of: unit)
        return (index, variants[index].weight.probability)
    }
}
