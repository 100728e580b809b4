/// What is tried again at the same upstream, and what is passed on to a fallback. The request has to be one that the
/// provider did not do, or whose answer is lost anyway: a completion has no effect beyond its cost.
enum RetryRule {
    struct Terms: Sendable {
        /// Whether a try that ran out of time is made again, be it by our clock or by the provider's: unless somebody
        /// says so it is not, since the provider may still be at work, and what was slow is not helped by more of it
        /// (Envoy asks for that to be said too).
        let afterTimeouts: Bool
        /// Whether it may be done twice. Else only what surely was not done at all is asked for again.
        let isCheap: Bool
    }

    /// By status, as OpenAI's and Anthropic's SDKs do (408, 409, 429 and 5xx), without those of 5xx that another try
    /// does not change. 409 is their "lock timeout", 529 Anthropic's "overloaded", 520 to 524 stand for an origin
    /// that Cloudflare did not reach. What the caller has to mend, or we (401, 403, 404), comes back the same.
    static func retries(status: Int, _ terms: Terms) -> Bool {
        switch status {
        case 409, 429, 529: true
        case 500, 502, 503, 520...523: terms.isCheap
        case 408, 504, 524: terms.isCheap && terms.afterTimeouts
        default: false
        }
    }

    static func retries(_ failure: TrialFailure, _ terms: Terms) -> Bool {
        switch failure {
        case .transfer(let failure): retries(failure, terms)
        case .status(let status): retries(status: status, terms)
        // What is there is there: it would come again.
        case .garbage, .reported, .unsayable, .unrenderable: false
        }
    }

    private static func retries(_ failure: UpstreamFailure, _ terms: Terms) -> Bool {
        switch failure {
        // Nothing arrived there.
        case .nameNotResolved, .connectFailed, .timeoutConnect, .tokenNotGranted: true
        // Nothing that the caller could have seen came back.
        case .connectionLost, .truncated: terms.isCheap
        case .timeoutFirstByte, .timeoutIdle, .timeoutTry: terms.isCheap && terms.afterTimeouts
        // The rest is as it is until somebody mends it, or is no doing of the provider's.
        case .timeoutTotal, .noDescriptor, .noSlot, .addressNotAllowed, .tlsFailed, .malformedAnswer, .headTooLarge,
            .misconfigured, .cancelled, .other:
            false
        }
    }

    /// A refusal that says nothing about what the caller sent, so that a fallback may do better: 404 and 405 are about
    /// the variant's model and path, 408 and 429 about the provider's time.
    static func fallsBack(status: Int) -> Bool {
        switch status {
        case 404, 405, 408, 429: true
        default: false
        }
    }
}
