/// Why bytes are not the JSON that was asked for. `reason` is fit for a caller's eyes: it never repeats the input.
package struct JSONError: Error, Sendable, Hashable {
    /// Byte offset from the start of the input.
    package let offset: Int
    /// What was expected, or what is wrong.
    package let reason: String

    /// A fault at a byte.
    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONError: CustomStringConvertible {
    /// Reason and place.
    package var description: String { "\(reason) at byte \(offset)" }
}
