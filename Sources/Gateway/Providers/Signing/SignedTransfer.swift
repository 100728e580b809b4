import Domain
import Reactor

/// A request that is signed as it is sent: at once, or when what it is signed with is there.
struct SignedTransfer: Sendable {
    /// Its own fields are not covered by the signature.
    let request: UpstreamRequest
    let signing: any RequestSigning
    let transport: any UpstreamTransport
    let clock: WallClock

    /// On `loop`.
    func begin(on loop: EventLoop) -> any UpstreamExchange {
        let now = clock.now()
        if let fields = fields(at: now) {
            if signing.isDue(at: now) { signing.prepare(over: transport, on: loop, clock) { _ in } }
            return transport.begin(request.adding(fields), on: loop)
        }
        let exchange = DeferredExchange(on: loop, within: request.deadlines) { held in
            // Without them the provider refuses the request, and the refusal says so.
            transport.begin(request.adding(fields(at: clock.now()) ?? [], held: held), on: loop)
        }
        signing.prepare(over: transport, on: loop, clock) { exchange.ready($0) }
        return exchange
    }

    private func fields(at now: Timestamp) -> [UInt8]? {
        signing.fields(of: request.body, to: request.target, at: now)
    }
}
