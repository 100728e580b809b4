import CCurl
package import Reactor
import Synchronization

/// libcurl behind every loop: for each loop and each address policy a multi handle of its own, so that a connection
/// that a permissive provider opened is never lent to a strict one.
package final class CurlTransport: UpstreamTransport {
    private struct Key: Hashable {
        let loop: ObjectIdentifier
        let policy: AddressPolicy
    }

    private let limits: UpstreamLimits
    // The clients hold their loops, so an identifier in a key is never another loop's.
    private let clients = Mutex<[Key: CurlClient]>([:])

    package init(limits: UpstreamLimits = UpstreamLimits()) {
        ccurl_global_init()
        self.limits = limits
    }

    /// Whether names are resolved off the loops' threads. A libcurl built without that would block them.
    package static var resolvesAsynchronously: Bool {
        ccurl_resolves_asynchronously() != 0
    }

    package func begin(_ request: UpstreamRequest, on loop: EventLoop) -> any UpstreamExchange {
        let key = Key(loop: ObjectIdentifier(loop), policy: request.target.policy)
        let client = clients.withLock { clients in
            if let known = clients[key] { return known }
            let made = CurlClient(loop: loop, policy: request.target.policy, limits: limits)
            clients[key] = made
            return made
        }
        return client.begin(request)
    }
}
