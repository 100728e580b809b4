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

    private struct Entries {
        var byProvider: [ObjectIdentifier: Entry] = [:]
        /// The one that was used last: commonly the next one too.
        var last: Entry?
    }

    private let entries = Mutex(Entries())

    func target(for provider: LiveProvider) -> UpstreamTarget {
        entries.withLock { entries in
            if let last = entries.last, last.provider === provider { return last.target }
            let entry = entries.byProvider[ObjectIdentifier(provider)] ?? Self.entry(for: provider)
            if entries.byProvider.count >= Self.countMax { entries.byProvider.removeAll() }
            entries.byProvider[ObjectIdentifier(provider)] = entry
            entries.last = entry
            return entry.target
        }
    }

    private static func entry(for provider: LiveProvider) -> Entry {
        let wire = ProviderWire.of(provider.kind)
        let target = UpstreamTarget(
            url: provider.baseURL + wire.chatPath, headers: wire.fields(for: provider),
            policy: AddressPolicy(allowsPrivate: provider.allowPrivate))
        return Entry(provider: provider, target: target)
    }
}
