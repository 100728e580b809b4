/// How an inference ended.
package enum OutcomeStatus: String, Sendable, CaseIterable {
    case ok
    case upstreamError = "upstream_error"
    case upstreamTimeout = "upstream_timeout"
    case brokenStream = "broken_stream"
    case rateLimited = "rate_limited"
    case blocked
    case invalidRequest = "invalid_request"
    case clientClosed = "client_closed"

    /// Whether the caller may have got an answer, or a part of one.
    package var gaveAnAnswer: Bool {
        switch self {
        case .ok, .brokenStream, .clientClosed: true
        case .upstreamError, .upstreamTimeout, .rateLimited, .blocked, .invalidRequest: false
        }
    }

    /// Counted in `errors` and `error_rate`: the upstream's faults. The caller's own, and departures, are counted
    /// apart.
    package var isError: Bool {
        switch self {
        case .upstreamError, .upstreamTimeout, .brokenStream: true
        case .ok, .rateLimited, .blocked, .invalidRequest, .clientClosed: false
        }
    }
}
