import Domain
import Reactor

/// What a provider wants in the head of each request that is not the same for all of them.
protocol RequestSigning: AnyObject, Sendable {
    /// What nobody may read in an answer of the provider's: the parts of the credential, and what was got for it.
    var secrets: [String] { get }

    /// - Parameter target: one that can be used.
    /// - Returns: lines of the head, each with its CRLF before it; nil when something has to be got first.
    func fields(of body: [UInt8], to target: UpstreamTarget, at now: Timestamp) -> [UInt8]?

    /// Whether `fields` will soon lack something that it has: `prepare` then gets it beside the requests.
    func isDue(at now: Timestamp) -> Bool

    /// Gets what `fields` lacks, or will. On `loop`.
    /// - Parameter done: called once, on any thread, with why it could not be got.
    func prepare(
        over transport: any UpstreamTransport, on loop: EventLoop, _ clock: WallClock,
        _ done: @escaping @Sendable (UpstreamFailure?) -> Void)

    /// The provider has answered 401 to a request.
    /// - Parameter begin: when the request began.
    /// - Returns: whether another request would bear something else.
    func isRenewed(after begin: MonotonicInstant, at now: Timestamp) -> Bool
}

extension RequestSigning {
    func isDue(at now: Timestamp) -> Bool { false }

    func isRenewed(after begin: MonotonicInstant, at now: Timestamp) -> Bool { false }

    func prepare(
        over transport: any UpstreamTransport, on loop: EventLoop, _ clock: WallClock,
        _ done: @escaping @Sendable (UpstreamFailure?) -> Void
    ) { done(nil) }
}
