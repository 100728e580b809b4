/// Every kind that a provider can be of. The set is closed when the process starts.
package struct ProviderKinds: Sendable {
    /// In the order in which they are shown.
    package let all: [ProviderKind]
    private let byName: [String: ProviderKind]

    /// Of two kinds with one name the first holds.
    package init(_ all: [ProviderKind]) {
        self.all = all
        byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var names: [String] { all.map(\.name) }

    package subscript(name: String) -> ProviderKind? { byName[name] }
}
