/// Where something sensitive stands.
package struct SensitiveMatch: Sendable, Hashable {
    package let kind: SensitiveKind
    /// Indices of bytes.
    package let range: Range<Int>

    package init(_ kind: SensitiveKind, _ range: Range<Int>) {
        self.kind = kind
        self.range = range
    }
}
