/// One try at an upstream within an inference.
package struct Attempt: Sendable, Hashable {
    package let variant: String
    package let provider: String
    /// The upstream's HTTP status; nil when there was none (refused, timed out, unreadable).
    package let status: Int?
    package let latencyMilliseconds: Double
    /// A short code (`connect_failed`, `timeout_first_byte`, `http_503` …); nil when it succeeded.
    package let error: String?

    package init(variant: String, provider: String, status: Int?, latencyMilliseconds: Double, error: String?) {
        self.variant = variant
        self.provider = provider
        self.status = status
        self.latencyMilliseconds = latencyMilliseconds
        self.error = error
    }
}
