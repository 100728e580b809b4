/// Why an upstream gave no whole answer.
package enum UpstreamFailure: Error, Sendable, Hashable {
    case nameNotResolved
    case connectFailed
    /// This process has no descriptor left to connect with.
    case noDescriptor
    /// Its time to be connected went by while it waited for one of the connections that we allow ourselves.
    case noSlot
    /// Every address that the name resolved to is one that this provider may not have.
    case addressNotAllowed
    /// The handshake failed or the certificate does not verify.
    case tlsFailed
    case timeoutConnect
    case timeoutFirstByte
    case timeoutIdle
    case timeoutTotal
    /// The time of this one try was over, and not yet that of all.
    case timeoutTry
    /// The connection broke before the answer's head was whole.
    case connectionLost
    /// The connection ended inside of the body.
    case truncated
    /// Not HTTP, or HTTP that breaks its own framing.
    case malformedAnswer
    /// The answer's head is larger than `UpstreamLimits.headBytesMax`.
    case headTooLarge
    /// The provider's URL or headers cannot be used.
    case misconfigured
    /// The service that gives the tokens for it had none to give just now.
    case tokenNotGranted
    /// By us: the caller went away.
    case cancelled
    case other

    /// A short, stable name for `Attempt.error`.
    package var code: String {
        switch self {
        case .nameNotResolved: "name_not_resolved"
        case .connectFailed: "connect_failed"
        case .noDescriptor: "no_descriptor"
        case .noSlot: "no_slot"
        case .addressNotAllowed: "address_not_allowed"
        case .tlsFailed: "tls_failed"
        case .timeoutConnect: "timeout_connect"
        case .timeoutFirstByte: "timeout_first_byte"
        case .timeoutIdle: "timeout_idle"
        case .timeoutTotal: "timeout_total"
        case .timeoutTry: "timeout_try"
        case .connectionLost: "connection_lost"
        case .truncated: "truncated"
        case .malformedAnswer: "malformed_answer"
        case .headTooLarge: "head_too_large"
        case .misconfigured: "provider_misconfigured"
        case .tokenNotGranted: "token_not_granted"
        case .cancelled: "cancelled"
        case .other: "transfer_failed"
        }
    }

    /// Whether the request may have come to where it was sent.
    package var mayHaveBeenAsked: Bool {
        switch self {
        case .nameNotResolved, .connectFailed, .noDescriptor, .noSlot, .addressNotAllowed, .tlsFailed, .timeoutConnect,
            .misconfigured, .tokenNotGranted:
            false
        default: true
        }
    }

    package var isTimeout: Bool {
        switch self {
        case .timeoutConnect, .timeoutFirstByte, .timeoutIdle, .timeoutTotal, .timeoutTry: true
        default: false
        }
    }
}
