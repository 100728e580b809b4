/// How long to wait before a retry: "full jitter" (Brooker, "Exponential Backoff and Jitter", 2015), any time up to a
/// bound that doubles with each retry. Of all forms it spreads callers that failed together the widest.
struct Backoff: Sendable {
    /// Nanoseconds.
    let base: UInt64
    /// Nanoseconds.
    let most: UInt64

    init(baseMilliseconds: Int, maxMilliseconds: Int) {
        most = UInt64(max(0, maxMilliseconds)) * 1_000_000
        base = min(UInt64(max(0, baseMilliseconds)) * 1_000_000, most)
    }

    /// - Parameters:
    ///   - retry: counted from 0.
    ///   - fraction: 0 up to 1, drawn at random.
    /// - Returns: nanoseconds.
    func wait(before retry: Int, _ fraction: Double) -> UInt64 {
        // Sixteen doublings lead from a millisecond past a minute; more could overflow.
        let bound = min(most, base << UInt64(min(max(0, retry), 16)))
        return UInt64(Double(bound) * min(max(0, fraction), 1))
    }

    /// - Parameter asked: nanoseconds that the provider asked for: never less than that, and spread beyond it, since
    ///   all who were refused were told the same moment. Who asks for nothing is met no sooner than one who is silent.
    func wait(asked: UInt64, before retry: Int, _ fraction: Double) -> UInt64 {
        max(asked + UInt64(Double(base) * min(max(0, fraction), 1)), wait(before: retry, fraction))
    }
}
