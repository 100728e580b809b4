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

    init(_ request: Request, isStream: Bool, _ settings: GatewaySettings) {
        let ownEnd = request.receivedAt + .milliseconds(settings.totalTimeoutMilliseconds)
        let ownKeepAlive = Duration.milliseconds(settings.keepAliveMilliseconds)
        guard let seconds = Self.readTimeout(request) else {
            end = ownEnd
            firstByte = nil
            keepAlive = ownKeepAlive
            return
        }
        let milliseconds = Int(seconds * 1_000)
        // What is left of it is for the way back.
        let inTime = request.receivedAt + .milliseconds(milliseconds - milliseconds / 5)
        end = isStream ? ownEnd : min(ownEnd, inTime)
        firstByte = isStream ? inTime : nil
        keepAlive = min(ownKeepAlive, .milliseconds(max(10, milliseconds / 2)))
    }

    private static func readTimeout(_ request: Request) -> Double? {
        guard let text = request.head.value("x-stainless-read-timeout"), let seconds = Double(text),
            seconds > 0, seconds < 1_000_000
        else { return nil }
        return seconds
    }

    func deadlines(from start: MonotonicInstant, _ settings: GatewaySettings) -> UpstreamDeadlines {
        UpstreamDeadlines(
            connect: .milliseconds(settings.connectTimeoutMilliseconds),
            firstByte: .milliseconds(settings.firstByteTimeoutMilliseconds),
            idleGap: .milliseconds(settings.idleGapTimeoutMilliseconds),
            total: max(.milliseconds(1), start.duration(to: end)))
    }
}
