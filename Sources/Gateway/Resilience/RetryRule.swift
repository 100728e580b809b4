/// What is tried again at the same upstream, and what is passed on to a fallback. The request has to be one that the
/// provider did not do, or whose answer is lost anyway: a completion has no effect beyond its cost.
enum RetryRule {
    /// By status, as OpenAI's and Anthropic's SDKs do (408, 409, 429 and 5xx), without those of 5xx that another try
    /// does not change. 409 is their "lock timeout", 529 Anthropic's "overloaded", 520 to 524 stand for an origin
    /// that Cloudflare did not reach. What the caller has to mend, or we (401, 403, 404), comes back the same.
    static func retries(status: Int) -> Bool {
        switch status {
        case 408, 409, 429, 500, 502, 503, 504, 520...524, 529: true
        default: false
        }
    }

    /// - Parameter afterTimeouts: whether a try that ran out of time is made again: unless somebody says so it is not,
    ///   since the provider may still be at work, and what was slow is not helped by more of it (Envoy asks for that to
    ///   be said too).
    static func retries(_ failure: TrialFailure, afterTimeouts: Bool) -> Bool {
        switch failure {
        case .transfer(let failure): retries(failure, afterTimeouts: afterTimeouts)
        case .status(let status): retries(status: status)
        // What is there is there: it would come again.
        case .garbage, .reported, .unrenderable: false
        }
    }

    private static func retries(_ failure: UpstreamFailure, afterTimeouts: Bool) -> Bool {
        switch failure {
        // Nothing arrived there, or nothing that the caller could have seen came back.
        case .nameNotResolved, .connectFailed, .timeoutConnect, .connectionLost, .truncated: true
        case .timeoutFirstByte, .timeoutIdle, .timeoutTry: afterTimeouts
        // The rest is as it is until somebody mends it, or is no doing of the provider's.
        case .timeoutTotal, .noDescriptor, .addressNotAllowed, .tlsFailed, .malformedAnswer, .headTooLarge,
            .misconfigured, .cancelled, .other:
            false
        }
    }

    /// A refusal that says nothing about what the caller sent, so that a fallback may do better.
    static func fallsBack(status: Int) -> Bool { status == 429 || status == 408 }
}
