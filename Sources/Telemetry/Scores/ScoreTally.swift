/// The counts of one variant in a run.
package struct ScoreTally: Sendable, Hashable {
    package let variant: String
    /// Answers that were scored; `errors` not among them.
    package let scored: Int
    package let passed: Int
    package let errors: Int

    package init(variant: String, scored: Int, passed: Int, errors: Int) {
        self.variant = variant
        self.scored = scored
        self.passed = passed
        self.errors = errors
    }
}
