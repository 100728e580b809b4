import Domain
import Synchronization

/// The targets of the providers in use, each made once.
final class ProviderTargets: Sendable {
    private struct Entry {
        /// Held, so that the identifier in the key is never another provider's.
        let provider: LiveProvider
        let target: UpstreamTarget
    }

    /// Providers of replaced routing tables are let go of beyond this.
    private static let countMax = 1_024

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    func target(for provider: LiveProvider) -> UpstreamTarget {
        entries.withLock { entries in
            if let known = entries[ObjectIdentifier(provider)] { return known.target }
            let wire = ProviderWire.of(provider.kind)
            let target = UpstreamTarget(
                url: provider.baseURL + wire.chatPath, headers: wire.fields(for: provider),
                policy: AddressPolicy(allowsPrivate: provider.allowPrivate))
            if entries.count >= Self.countMax { entries.removeAll() }
            entries[ObjectIdentifier(provider)] = Entry(provider: provider, target: target)
            return target
        }
    }
}
