import Crypto
import Domain
import Synchronization

/// What the credentials of providers came to, where that takes work or holds something that was got from elsewhere. It
/// outlives the revisions and routing tables that name the provider; what nobody is routed to any more goes when
/// another comes.
final class AccessDirectory: Sendable {
    private struct Entry {
        let digest: SHA256.Digest
        let access: WireKind.Access
    }

    private let routing: Snapshot<RoutingTable>
    /// By the provider's id.
    private let known = Mutex<[String: Entry]>([:])

    init(routing: Snapshot<RoutingTable>) { self.routing = routing }

    /// Asked when the plan of a deployment is made, never by an inference.
    func access(to provider: LiveProvider, _ kind: WireKind) -> WireKind.Access {
        guard case .chosen = kind.authentication, let credential = provider.credential?.revealed() else {
            return kind.access(to: provider)
        }
        let digest = Self.digest(of: provider, credential)
        if let entry = known.withLock({ $0[provider.id] }), entry.digest == digest { return entry.access }
        // Outside of the lock: a key is read.
        let made = Entry(digest: digest, access: kind.access(to: provider))
        let variants = routing.current.deployments.values.flatMap(\.variants)
        let live = Set(variants.flatMap(\.places).map(\.provider.id))
        return known.withLock { known in
            // Of two that made it at once the first holds.
            if let entry = known[provider.id], entry.digest == digest { return entry.access }
            known = known.filter { live.contains($0.key) }
            known[provider.id] = made
            return made.access
        }
    }

    /// Of all that it depends on.
    private static func digest(of provider: LiveProvider, _ credential: String) -> SHA256.Digest {
        var hash = SHA256()
        let settings = provider.settings.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        for part in [provider.kind, String(provider.allowPrivate), credential] + settings {
            // Its length apart from it, so that no two lists are alike.
            hash.update(data: Array("\(part.utf8.count):\(part)".utf8))
        }
        return hash.finalize()
    }
}
