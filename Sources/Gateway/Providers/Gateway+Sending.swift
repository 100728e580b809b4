import Domain
import Reactor

extension Gateway {
    /// Begins a transfer over a route, signed where the route wants it. On `loop`.
    func send(
        _ request: UpstreamRequest, over route: SurfaceRoute, on loop: EventLoop
    ) -> any UpstreamExchange {
        guard let signing = route.signing else { return transport.begin(request, on: loop) }
        return SignedTransfer(request: request, signing: signing, transport: transport, clock: clock).begin(on: loop)
    }
}
