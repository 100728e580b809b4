/// Why a text is not a condition.
package struct ConditionError: Error, Sendable, Hashable {
    /// In bytes from the start of the text.
    package let offset: Int
    /// Fit for whoever wrote it.
    package let reason: String
}

extension ConditionError: CustomStringConvertible {
    package var description: String { "\(reason), at character \(offset + 1)" }
}
