/// Which answer of a run a score belongs to.
package struct ScoreKey: Sendable, Hashable {
    package let variant: String
    package let exampleID: String

    package init(variant: String, exampleID: String) {
        self.variant = variant
        self.exampleID = exampleID
    }
}
