/// What a request was assigned, and why.
package struct VariantChoice: Sendable {
    /// Place of the variant.
    package let index: Int
    /// That this unit comes to it, under the weights that hold for the request.
    package let probability: Double
    /// The place of the rule whose weights those are; nil for the deployment's own.
    package let rule: Int?
    /// By the places of the variants, where a region rule holds; nil where none does.
    package let allowed: [Bool]?
    /// Those that hold for the request, for who runs at several places.
    package let regions: [RegionRule]

    package init(index: Int, probability: Double, rule: Int?, allowed: [Bool]?, regions: [RegionRule] = []) {
        self.index = index
        self.probability = probability
        self.rule = rule
        self.allowed = allowed
        self.regions = regions
    }
}
