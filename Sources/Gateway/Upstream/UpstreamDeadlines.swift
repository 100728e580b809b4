/// How long each phase of a transfer may take, in nanoseconds. All but the gap are counted from its start.
package struct UpstreamDeadlines: Sendable, Hashable {
    /// Until the connection is ready for the request: name, TCP and TLS.
    package var connect: UInt64
    /// Until the answer's head.
    package var firstByte: UInt64
    /// Between two pieces of the body, while we want to read.
    package var idleGap: UInt64
    /// Until the last byte.
    package var total: UInt64

    package init(connect: Duration, firstByte: Duration, idleGap: Duration, total: Duration) {
        self.connect = Self.nanoseconds(connect)
        self.firstByte = Self.nanoseconds(firstByte)
        self.idleGap = Self.nanoseconds(idleGap)
        self.total = Self.nanoseconds(total)
    }

    /// What is left of them when so much of the time went by before the start, in nanoseconds.
    func after(_ held: UInt64) -> UpstreamDeadlines {
        var left = self
        left.firstByte = firstByte > held ? firstByte - held : 1
        left.total = total > held ? total - held : 1
        return left
    }

    /// What the first of those that count from the start is, and its failure.
    var first: (span: UInt64, failure: UpstreamFailure) {
        firstByte < total ? (firstByte, .timeoutFirstByte) : (total, .timeoutTotal)
    }

    /// A century at most, so that adding it to a clock's time cannot overflow.
    package static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        let bounded = min(max(0, seconds), 100 * 365 * 86_400)
        return UInt64(bounded) * 1_000_000_000 + UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}
