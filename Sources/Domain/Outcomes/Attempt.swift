/// One try at an upstream within an inference.
package struct Attempt: Sendable {
    /// That was tried.
    package let arm: OutcomeArm
    /// The upstream's HTTP status; nil when there was none (refused, timed out, unreadable).
    package let status: Int?
    package let latencyMilliseconds: Double
    /// A short code (`connect_failed`, `timeout_first_byte`, `http_503` …); nil when it succeeded.
    package let error: String?

    package var variant: String { arm.variant }
    package var provider: String { arm.provider }

    package init(_ arm: OutcomeArm, status: Int?, latencyMilliseconds: Double, error: String?) {
        self.arm = arm
        self.status = status
        self.latencyMilliseconds = latencyMilliseconds
        self.error = error
    }
}
