/// How the end of a request's body is known (RFC 9112 §6.3).
package enum BodyFraming: Sendable, Equatable {
    case none
    /// Content-Length, more than 0.
    case length(Int)
    case chunked
}
