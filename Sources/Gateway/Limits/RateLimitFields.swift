import Domain
import HTTP

/// The header fields that tell a caller of a limit: how much it is, how much of it is left, and when it is whole again
/// (platform.openai.com/docs/guides/rate-limits).
struct RateLimitFields {
    static let requests = RateLimitFields(
        limit: "x-ratelimit-limit-requests", remaining: "x-ratelimit-remaining-requests",
        reset: "x-ratelimit-reset-requests")
    static let tokens = RateLimitFields(
        limit: "x-ratelimit-limit-tokens", remaining: "x-ratelimit-remaining-tokens",
        reset: "x-ratelimit-reset-tokens")

    private let limit: StaticString
    private let remaining: StaticString
    private let reset: StaticString
    private let bytesMax: Int

    private init(limit: StaticString, remaining: StaticString, reset: StaticString) {
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
        let names = limit.utf8CodeUnitCount + remaining.utf8CodeUnitCount + reset.utf8CodeUnitCount
        bytesMax = names + 3 * 4 + 2 * DecimalText.countMax + ResetTime.countMax
    }

    func add(_ state: Meter.LimitState, to headers: inout Headers) {
        headers.add(knownLines: bytesMax) { lines in
            lines.add(limit, decimal: state.limit)
            lines.add(remaining, decimal: state.remaining)
            lines.add(reset, atMost: ResetTime.countMax) { ResetTime.write(state.untilFull, to: $0) }
        }
    }
}
