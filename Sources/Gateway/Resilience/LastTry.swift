import Reactor

/// How the last try of an inference ended, as long as none has given an answer.
enum LastTry: Sendable {
    case failed(TrialFailure)
    /// An answer of the provider's that the caller may see if nobody else gives a better one.
    case refused(Trial, UpstreamHead, [UInt8])
    /// Nobody was asked: every upstream is left alone, the first of them until this instant, in nanoseconds.
    /// `byOperator` where none of them is for its failures.
    case open(until: UInt64, byOperator: Bool)

    var isCancelled: Bool {
        if case .failed(let failure) = self { failure.isCancelled } else { false }
    }

    /// Whether a fallback may do better.
    var fallsBack: Bool {
        if case .refused(_, let head, _) = self { RetryRule.fallsBack(status: head.status) } else { true }
    }

    /// For `Attempt.error` and for the caller.
    static let openCode = "circuit_open"
    /// For `Attempt.error`.
    static let coolingCode = "cooling_down"

    /// Final as far as an SDK is concerned, like every 5xx when nobody is left to ask.
    static func error(openUntil instant: UInt64, byOperator: Bool, at now: MonotonicInstant) -> OpenAIError {
        let nanoseconds = instant > now.nanoseconds ? instant - now.nanoseconds : 0
        // Rounded up: before it there is nobody, and a whole second is the least that the field can say.
        let milliseconds = max(1, (nanoseconds + 999_999) / 1_000_000)
        return OpenAIError(
            status: 503,
            message: byOperator
                ? "an operator has switched the provider off"
                : "the provider has failed too often, and is left alone for a while",
            code: openCode,
            headers: [
                (name: "retry-after", value: String((milliseconds + 999) / 1_000)),
                (name: "retry-after-ms", value: String(milliseconds)), (name: "x-should-retry", value: "false"),
            ])
    }
}
