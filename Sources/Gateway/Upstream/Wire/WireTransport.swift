import CCurl
package import Reactor
import Synchronization

/// HTTP/1.1 in our own framing, over connections that libcurl opens: name, TCP and TLS are curl's, the bytes ours. A
/// third of the CPU of letting curl do it all.
package final class WireTransport: UpstreamTransport {
    private let limits: UpstreamLimits
    /// One for each loop that was used; there are as many loops as cores, so looking through them is the quickest.
    private let clients = Mutex<[WireClient]>([])

    package init(limits: UpstreamLimits = UpstreamLimits()) {
        ccurl_global_init()
        self.limits = limits
    }

    package func begin(_ request: UpstreamRequest, on loop: EventLoop) -> any UpstreamExchange {
        let client = clients.withLock { clients in
            if let known = clients.first(where: { $0.loop === loop }) { return known }
            let made = WireClient(loop: loop, limits: limits)
            clients.append(made)
            return made
        }
        return client.begin(request)
    }
}
