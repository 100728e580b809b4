package import Reactor

/// How bytes get to an upstream and back.
package protocol UpstreamTransport: Sendable {
    /// Starts a transfer. On `loop`'s thread only; the exchange belongs to that loop.
    func begin(_ request: UpstreamRequest, on loop: EventLoop) -> any UpstreamExchange
}
