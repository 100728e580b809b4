/// The timeouts of `ServerLimits` in the unit of the clock, so that setting a deadline is one addition.
struct DeadlineNanoseconds {
    let idle: UInt64
    let header: UInt64
    let body: UInt64
    let write: UInt64
    let linger: UInt64
    /// Nanoseconds that one byte of a body, or of an answer, buys.
    let perBodyByte: UInt64
    let perAnswerByte: UInt64

    init(_ limits: ServerLimits) {
        idle = Self.nanoseconds(limits.idleTimeout)
        header = Self.nanoseconds(limits.headerTimeout)
        body = Self.nanoseconds(limits.bodyTimeout)
        write = Self.nanoseconds(limits.writeTimeout)
        linger = Self.nanoseconds(limits.lingerTimeout)
        perBodyByte = 1_000_000_000 / UInt64(max(1, limits.bodyBytesPerSecondMin))
        perAnswerByte = 1_000_000_000 / UInt64(max(1, limits.answerBytesPerSecondMin))
    }

    /// A century: three of them still add up.
    static let longest: UInt64 = 100 * 365 * 86_400 * 1_000_000_000

    static func nanoseconds(_ duration: Duration) -> UInt64 {
        let bounded = min(max(duration, .zero), .nanoseconds(Int64(longest)))
        return UInt64(bounded.components.seconds) * 1_000_000_000
            + UInt64(bounded.components.attoseconds / 1_000_000_000)
    }
}
