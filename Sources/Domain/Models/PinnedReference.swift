/// A reference that was resolved: which version of which thing it meant at that moment, whatever its alias or label
/// points at later.
package struct PinnedReference: Sendable, Hashable {
    /// The id, which outlives a deletion of the name.
    package let id: String
    package let name: String
    package let version: Int

    package init(id: String, name: String, version: Int) {
        self.id = id
        self.name = name
        self.version = version
    }

    /// `support-model@7`.
    package var text: String {
        "\(name)@\(version)"
    }
}
