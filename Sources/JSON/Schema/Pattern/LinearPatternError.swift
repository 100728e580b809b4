/// Why a text is not a pattern that can be matched.
package struct LinearPatternError: Error, Sendable, Hashable {
    /// In Unicode scalars from the start of the pattern.
    package let offset: Int
    /// Fit for whoever wrote the pattern.
    package let reason: String
}

extension LinearPatternError: CustomStringConvertible {
    /// Reason and place.
    package var description: String { "\(reason) at character \(offset) of the pattern" }
}
