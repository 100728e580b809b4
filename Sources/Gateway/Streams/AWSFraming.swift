import AWS
import HTTP
import JSON

/// Frames of `application/vnd.amazon.eventstream` as events: their type, or that of their exception, and the payload.
struct AWSFraming: StreamFraming {
    private var decoder = EventFrameDecoder()
    private var isBroken = false

    mutating func feed(_ bytes: [UInt8], _ onEvent: (ServerSentEvent) -> Void) throws(EventStreamError) {
        guard !isBroken else { return }
        do throws(EventFrameError) {
            try decoder.feed(bytes) { onEvent(Self.event($0)) }
        } catch {
            isBroken = true
            // Of no type, and so no reader's: the stream ends as a malformed one.
            onEvent(ServerSentEvent(data: Array("no frame".utf8)))
        }
    }

    private static func event(_ frame: EventFrame) -> ServerSentEvent {
        guard frame.text(":message-type") != "error" else {
            // Without a payload: what went wrong stands in the headers.
            let code = frame.text(":error-code") ?? "unknown"
            let message = JSONText.escaped(frame.text(":error-message") ?? code)
            return ServerSentEvent(
                event: code.hasSuffix("Exception") ? code : code + "Exception",
                data: Array(#"{"message":"#.utf8) + message + Array("}".utf8))
        }
        return ServerSentEvent(
            event: frame.text(":exception-type") ?? frame.text(":event-type"),
            data: frame.payload.isEmpty ? Array("{}".utf8) : frame.payload)
    }
}
