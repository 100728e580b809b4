import CCurl
package import Reactor
import Synchronization

/// HTTP/1.1 in our own framing, over connections that libcurl opens: name, TCP and TLS are curl's, the bytes ours.
///
/// libcurl's own HTTP was here before. It costs half as much CPU again, and it is made for one user: it sends a POST
/// anew when its connection breaks within the answer's head, and gives bytes that lay on an idle connection to whoever
/// uses it next. A gateway must do neither; `ReuseTests` and `CutTests` hold that down.
package final class WireTransport: UpstreamTransport {
    private let limits: UpstreamLimits
    /// One for each loop that was used; there are as many loops as cores, so looking through them is the quickest.
    private let clients = Mutex<[WireClient]>([])

    package init(limits: UpstreamLimits = UpstreamLimits()) {
        ccurl_global_init()
        self.limits = limits
    }

    deinit {
        // Descriptors are in their loops' epoll, so their threads have to close them; after a loop's end nobody does,
        // and the process is about to end too.
        for client in clients.withLock({ $0 }) { client.loop.execute { client.stop() } }
    }

    /// Whether names are resolved off the loops' threads. A libcurl built without that would block them.
    package static var resolvesAsynchronously: Bool { ccurl_resolves_asynchronously() != 0 }

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
