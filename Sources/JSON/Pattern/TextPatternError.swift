/// Why a text is not a pattern that can be matched.
package struct TextPatternError: Error, Sendable, Hashable {
    /// In Unicode scalars from the start of the pattern.
    package let offset: Int
    /// Fit for whoever wrote the pattern.
    package let reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

extension TextPatternError: CustomStringConvertible {
    package var description: String { "\(reason) at character \(offset) of the pattern" }
}
