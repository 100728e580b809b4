import Domain

/// What becomes of one request: what its caller sees, and what is recorded. One cell of the table.
struct FaultExpectation: Sendable {
    enum Visible: Sendable {
        /// The whole answer.
        case answer
        /// OpenAI's error object, with `x-should-retry: false` when it is ours.
        case error(status: Int, code: String?)
        /// The first event, and then the error event without `[DONE]`.
        case brokenStream(code: String)
    }

    let visible: Visible
    let outcome: OutcomeStatus
    /// `Attempt.error`. More than one where the order of two independent events decides, such as a reset and the
    /// notice that the connection stands; none for a success.
    let errors: Set<String>
    /// `Attempt.status`: what the upstream's head said; nil when there was no whole head.
    let upstreamStatus: Int?

    static let answered = FaultExpectation(visible: .answer, outcome: .ok, errors: [], upstreamStatus: 200)

    /// Nothing of use came, so the caller gets 502 or 504, or a fallback's answer.
    static func failed(_ errors: String..., after status: Int? = nil) -> FaultExpectation {
        let isTimeout = errors.allSatisfy { $0.hasPrefix("timeout_") }
        return FaultExpectation(
            visible: .error(status: isTimeout ? 504 : 502, code: isTimeout ? "upstream_timeout" : "upstream_error"),
            outcome: isTimeout ? .upstreamTimeout : .upstreamError, errors: Set(errors), upstreamStatus: status)
    }

    /// The provider's refusal, which is the caller's to see.
    static func refused(_ status: Int, _ outcome: OutcomeStatus) -> FaultExpectation {
        FaultExpectation(
            visible: .error(status: status, code: nil), outcome: outcome, errors: ["http_\(status)"],
            upstreamStatus: status)
    }

    /// The stream broke after its first event.
    static func broken(_ error: String) -> FaultExpectation {
        FaultExpectation(
            visible: .brokenStream(code: error.hasPrefix("timeout_") ? "upstream_timeout" : "upstream_error"),
            outcome: .brokenStream, errors: [error], upstreamStatus: 200)
    }

    /// Whether a fallback answers instead: nothing has gone to the caller, the fault is not the caller's, and there is
    /// time left.
    var fallsBack: Bool {
        guard case .error(_, .some) = visible else { return false }
        return !errors.contains("timeout_total")
    }
}
