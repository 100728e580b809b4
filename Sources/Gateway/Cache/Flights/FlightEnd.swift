import Domain
import HTTP

/// What became of a call that others wait for.
enum FlightEnd: Sendable {
    /// A good answer, whole. Of a stream, its bytes are in the log.
    case answer(CachedAnswer)
    /// The provider's failure, in our words, before anything of an answer came.
    case refused(SharedRefusal)
    /// A stream that broke after a part of the answer had gone out; what tells of it is in the log.
    case broken(OutcomeStatus, error: String?)
    /// It came to nothing through its own caller's doing: whoever waits may ask for themselves.
    case failed
    /// Its answer cannot be shared, and the next one's might not be either: all who wait ask for themselves at once.
    case unshared
}

/// An error that all who wait for the same call are given.
struct SharedRefusal: Sendable {
    let status: Int
    let body: [UInt8]
    let headers: [(name: String, value: String)]
    let outcome: OutcomeStatus
    let error: String?
    /// Whether the next request would fare alike: what batches are told, and nobody else.
    let isUnserved: Bool

    private static let shared = ["retry-after", "retry-after-ms", "x-should-retry"]

    /// - Returns: nil for an answer that is written piece by piece.
    init?(_ response: Response, _ outcome: Outcome, isUnserved: Bool) {
        guard case .bytes(let bytes) = response.body else { return nil }
        status = response.status
        body = bytes
        headers = Self.shared.compactMap { name in response.headers[name].map { (name, $0) } }
        self.outcome = outcome.status
        error = outcome.error
        self.isUnserved = isUnserved
    }

    func response() -> Response {
        var response = Response.json(body, status: status)
        for header in headers { response.headers.set(header.name, header.value) }
        return response
    }
}
