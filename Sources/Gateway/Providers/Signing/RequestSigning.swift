import Domain
import Reactor

/// What a provider wants in the head of each request that is not the same for all of them.
protocol RequestSigning: Sendable {
    /// - Parameter target: one that can be used.
    /// - Returns: lines of the head, each with its CRLF before it; nil when something has to be got first.
    func fields(of body: [UInt8], to target: UpstreamTarget, at now: Timestamp) -> [UInt8]?

    /// Gets what `fields` lacks. On `loop`.
    /// - Parameter done: called once, on any thread, with why it could not be got.
    func prepare(
        over transport: any UpstreamTransport, on loop: EventLoop, _ clock: WallClock,
        _ done: @escaping @Sendable (UpstreamFailure?) -> Void)
}

extension RequestSigning {
    func prepare(
        over transport: any UpstreamTransport, on loop: EventLoop, _ clock: WallClock,
        _ done: @escaping @Sendable (UpstreamFailure?) -> Void
    ) { done(nil) }
}
