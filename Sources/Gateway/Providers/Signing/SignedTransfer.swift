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
        if let fields = fields { return send(fields, on: loop) }
        // Without them the provider refuses the request, and the refusal says so.
        let exchange = DeferredExchange(on: loop) { send(fields ?? [], on: loop) }
        signing.prepare(over: transport, on: loop, clock) { exchange.ready($0) }
        return exchange
    }

    private var fields: [UInt8]? { signing.fields(of: request.body, to: request.target, at: clock.now()) }

    private func send(_ fields: [UInt8], on loop: EventLoop) -> any UpstreamExchange {
        transport.begin(request.adding(fields), on: loop)
    }
}
