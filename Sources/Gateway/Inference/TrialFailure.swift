/// Why one try at an upstream gave nothing that the caller may have.
enum TrialFailure: Error, Sendable {
    case transfer(UpstreamFailure)
    /// A status that is ours to deal with: a server error, a redirect, or our credential refused.
    case status(Int)
    /// A success without a whole JSON document, or an event that is none.
    case garbage
    /// The provider's own error event, raw, and the status that it stands for, if it says so.
    case reported([UInt8], code: Int?)
    /// A sound answer that the caller's wire has no words for.
    case unsayable
    /// The prompt of a fallback needs what the caller did not send.
    case unrenderable

    /// For `Attempt.error`.
    var code: String {
        switch self {
        case .transfer(let failure): failure.code
        case .status(let status): "http_\(status)"
        case .garbage: "malformed_answer"
        case .reported: "error_event"
        case .unsayable: "untranslatable_answer"
        case .unrenderable: "missing_variable"
        }
    }

    /// Whether a provider may have done what it was asked, and count it, all the same. An error of its own is none of
    /// its answers.
    var mayBeBilled: Bool {
        switch self {
        case .transfer(let failure): failure.mayHaveBeenAsked
        case .garbage, .unsayable: true
        case .status, .reported, .unrenderable: false
        }
    }

    var isTimeout: Bool {
        if case .transfer(let failure) = self { failure.isTimeout } else { false }
    }

    var isCancelled: Bool {
        if case .transfer(.cancelled) = self { true } else { false }
    }

    /// What the caller reads when no fallback is left. Never a word of what the provider wrote: it may quote our key.
    var error: OpenAIError {
        if case .transfer(.noSlot) = self {
            return OpenAIError(
                status: 503, message: "all connections that the gateway may have to the provider are busy: try again",
                type: "server_error", code: "overloaded", headers: [(name: "retry-after", value: "1")])
        }
        if case .transfer(.noDescriptor) = self {
            // Not the provider's doing, and over as soon as others are answered.
            return OpenAIError(
                status: 503, message: "the gateway has no descriptor left to reach the provider with: try again",
                type: "server_error", code: "overloaded", headers: [(name: "retry-after", value: "1")])
        }
        return OpenAIError(
            status: isTimeout ? 504 : 502, message: message, type: isTimeout ? "timeout_error" : "server_error",
            code: callerCode, headers: [(name: "x-should-retry", value: "false")])
    }

    private var message: String {
        switch self {
        case .transfer(.addressNotAllowed):
            "the provider's address is not allowed: private and loopback addresses need allow_private on the provider, "
                + "and link-local and metadata addresses are never reached"
        case .transfer(.misconfigured), .status(401), .status(403):
            "the gateway's provider is misconfigured: its credential, headers or base URL were refused"
        case .status(402): "the gateway's account with its provider is out of funds"
        case .transfer(.truncated): "the provider's answer broke off"
        case .transfer(let failure) where failure.isTimeout: "the provider did not answer in time (\(failure.code))"
        case .transfer(let failure): "the provider could not be reached (\(failure.code))"
        case .status(let status): "the provider answered with status \(status)"
        case .garbage: "the provider's answer is malformed"
        case .reported: "the provider reported an error"
        case .unsayable: "the provider's answer cannot be told in the form that was asked for"
        case .unrenderable: "a fallback's prompt needs variables that were not sent"
        }
    }

    private var callerCode: String {
        switch self {
        case .transfer(.addressNotAllowed): "address_not_allowed"
        case .transfer(.misconfigured), .status(401...403): "provider_misconfigured"
        default: isTimeout ? "upstream_timeout" : "upstream_error"
        }
    }
}
