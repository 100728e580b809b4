/// One revision of a deployment, ready to serve.
package final class LiveDeployment: Sendable {
    package let id: String
    package let project: String
    package let name: String
    package let environment: String
    package let revision: Int
    package let unit: AssignmentUnit
    /// In the order in which they were written; their weights sum to 100%.
    package let variants: [LiveVariant]
    /// Tried in this order when the assigned variant fails before its first byte; indices into `variants`.
    package let fallbacks: [Int]
    /// Whether what callers send and get is kept with their outcomes.
    package let storesBodies: Bool
    private let assignment: Assignment
    /// What serving it takes, as the gateway works it out.
    package let derived = Derived()

    package init(
        id: String, project: String, name: String, environment: String, revision: Int, unit: AssignmentUnit,
        variants: [LiveVariant], fallbacks: [Int], storesBodies: Bool = false
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.environment = environment
        self.revision = revision
        self.unit = unit
        self.variants = variants
        self.fallbacks = fallbacks
        self.storesBodies = storesBodies
        assignment = Assignment(
            salt: id, variants: variants.map { (name: $0.name, weight: $0.weight) })
    }

    /// The variant that `unit` belongs to under this revision's weights, and the probability of that assignment.
    package func assign(unit: String) -> (index: Int, probability: Double) {
        let index = assignment.index(of: unit)
        return (index, variants[index].weight.probability)
    }
}
