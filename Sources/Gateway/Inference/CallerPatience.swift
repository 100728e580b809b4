import HTTP
import Reactor

/// How long the caller will wait, as OpenAI's SDKs tell: `x-stainless-read-timeout` is the time between two reads, in
/// seconds.
struct CallerPatience: Sendable {
    /// When the whole request has to be over.
    let end: MonotonicInstant
    /// When a stream must have sent its first byte, be it a comment; nil when the caller said nothing.
    let firstByte: MonotonicInstant?
    /// Between two signs of life.
    let keepAlive: Duration
    /// Whether `end` is sooner than it is for others.
    let isShort: Bool

    /// - Parameter totalMilliseconds: what its deployment lets it take.
    init(_ request: Request, isStream: Bool, totalMilliseconds: Int, _ settings: GatewaySettings) {
        let ownEnd = request.receivedAt.advanced(milliseconds: totalMilliseconds)
        guard let milliseconds = Self.readTimeout(request) else {
            end = ownEnd
            firstByte = nil
            isShort = false
            keepAlive = .milliseconds(settings.keepAliveMilliseconds)
            return
        }
        // What is left of it is for the way back.
        let inTime = request.receivedAt.advanced(milliseconds: milliseconds - milliseconds / 5)
        end = isStream ? ownEnd : min(ownEnd, inTime)
        firstByte = isStream ? inTime : nil
        isShort = end < ownEnd
        keepAlive = .milliseconds(min(settings.keepAliveMilliseconds, max(10, milliseconds / 2)))
    }

    /// Until when something may be waited for before a provider is asked: for so long, and for a quarter of the time
    /// that is left at most.
    func limit(of milliseconds: Int, from start: MonotonicInstant) -> MonotonicInstant {
        let left = start.nanoseconds(to: firstByte ?? end) / 4
        let nanoseconds = min(Int64(milliseconds) * 1_000_000, max(1_000_000, left))
        return MonotonicInstant(nanoseconds: start.nanoseconds + UInt64(nanoseconds))
    }

    private static func readTimeout(_ request: Request) -> Int? {
        guard let text = request.head.value(known: "x-stainless-read-timeout"), let seconds = Double(text),
            seconds > 0, seconds < 1_000_000
        else { return nil }
        return Int(seconds * 1_000)
    }

    /// - Parameter own: what the settings say; the whole is what is left of the caller's.
    func deadlines(_ own: UpstreamDeadlines, from start: MonotonicInstant) -> UpstreamDeadlines {
        var deadlines = own
        deadlines.total = UInt64(max(1_000_000, start.nanoseconds(to: end)))
        return deadlines
    }
}
