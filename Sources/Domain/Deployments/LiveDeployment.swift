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
    /// The first whose condition holds decides.
    package let rules: [LiveRule]
    /// Whether conditions decide about anything: otherwise nothing of a request need be looked at.
    package let hasConditions: Bool
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
        rules = options.rules.map { LiveRule($0, of: id, variants) }
        hasConditions = !options.rules.isEmpty || !options.regions.isEmpty
        assignment = Assignment(
            salt: id, variants: variants.map { (name: $0.name, weight: $0.weight) })
    }

    /// The variant that `unit` belongs to under this revision's weights, and the probability of that assignment.
    package func assign(unit: String) -> (index: Int, probability: Double) {
        let index = assignment.index(of: unit)
        return (index, variants[index].weight.probability)
    }

    /// The variant of `unit` for a request of these facts.
    /// - Returns: nil when the region rules leave no variant, neither by weight nor as a fallback.
    /// - Parameter regions: what holds beside this revision's own: those of the revision that is live, when it is not.
    package func choose(
        unit: String, _ facts: some ConditionFacts, alsoWithin regions: [RegionRule] = []
    ) -> VariantChoice? {
        var work = Condition.workMax
        // A rule of regions that cannot be decided holds: what it forbids must not slip through on account of a text
        // that is too long to look at. One that only gives shares does not.
        let holding = (options.regions + regions).filter { $0.condition?.holds(facts, work: &work) ?? true }
        let rule = rules.firstIndex { $0.condition.holds(facts, work: &work) ?? false }
        let assignment = rule.map { rules[$0].assignment } ?? assignment
        guard !holding.isEmpty else {
            let index = assignment.index(of: unit)
            let weight = rule.map { rules[$0].weights[index] } ?? variants[index].weight
            return VariantChoice(index: index, probability: weight.probability, rule: rule, allowed: nil)
        }
        let allowed = variants.map { $0.isAllowed(by: holding) }
        if let found = assignment.index(of: unit, among: allowed) {
            return VariantChoice(
                index: found.index, probability: found.probability, rule: rule, allowed: allowed, regions: holding)
        }
        // Nobody is assigned to it by weight; that it serves is certain.
        guard let spare = fallbacks.first(where: { allowed[$0] }) else { return nil }
        return VariantChoice(index: spare, probability: 1, rule: rule, allowed: allowed, regions: holding)
    }
}
