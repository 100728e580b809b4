import Domain

/// How long a provider asked to be left alone: `retry-after-ms` (OpenAI, Azure), else `Retry-After` in seconds or as a
/// date (RFC 9110 §10.2.3).
enum RetryAfter {
    /// What nobody waits for, and what a hostile head could overflow with: a week.
    private static let nanosecondsMax = 7 * 86_400 * 1e9

    /// - Parameter now: what a date is counted from.
    /// - Returns: nil when it did not say, or nothing that can be read; 0 for a moment that has passed.
    static func nanoseconds(_ head: UpstreamHead?, now: @autoclosure () -> Timestamp) -> UInt64? {
        guard let head else { return nil }
        if let text = head.retryAfterMilliseconds, let value = number(text) { return bounded(value * 1e6) }
        guard let text = head.retryAfter else { return nil }
        if let seconds = number(text) { return bounded(seconds * 1e9) }
        guard let moment = HTTPDate.seconds(text) else { return nil }
        return bounded((Double(moment) - Double(now().milliseconds) / 1_000) * 1e9)
    }

    private static func number(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite, value >= 0 else { return nil }
        return value
    }

    private static func bounded(_ nanoseconds: Double) -> UInt64 {
        UInt64(min(max(0, nanoseconds), nanosecondsMax))
    }
}
