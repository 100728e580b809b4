/// A parser of text/event-stream (WHATWG HTML §9.2): bytes in, events out, the same wherever they are cut. An event
/// that its blank line does not end is never told, as the specification wants; `hasPartialEvent` says that one is
/// pending.
package struct EventStreamParser: Sendable {
    private let eventBytesMax: Int
    private var raw: [UInt8] = []
    /// Where the present line starts in `raw`.
    private var lineStart = 0
    private var afterReturn = false
    private var atStreamStart = true
    private var event: String?
    private var data: [UInt8] = []
    private var hasData = false
    private var lastID: String?
    private var retry: Int?

    /// `eventBytesMax` bounds one event with its comments.
    package init(eventBytesMax: Int = 1 << 20) { self.eventBytesMax = eventBytesMax }

    /// Whether bytes of an unfinished event are held.
    package var hasPartialEvent: Bool { !raw.isEmpty }

    /// Calls `onEvent` for each event that these bytes complete. Comments alone (a keep-alive) are told as an event
    /// without data, so that they can be passed on. Throws `EventStreamError`.
    package mutating func feed(
        _ bytes: some Collection<UInt8>, _ onEvent: (ServerSentEvent) -> Void
    ) throws(EventStreamError) {
        for byte in bytes { try take(byte, onEvent) }
    }

    /// The same for bytes in place, such as a receive buffer.
    package mutating func feed(
        _ bytes: UnsafeRawBufferPointer, _ onEvent: (ServerSentEvent) -> Void
    ) throws(EventStreamError) {
        for byte in bytes { try take(byte, onEvent) }
    }

    private mutating func take(_ byte: UInt8, _ onEvent: (ServerSentEvent) -> Void) throws(EventStreamError) {
        if afterReturn {
            afterReturn = false
            if byte == 10 {
                // The CR before ended the line; its LF belongs to the event that is still open, or to none.
                if !raw.isEmpty {
                    raw.append(byte)
                    lineStart = raw.count
                }
                return
            }
        }
        raw.append(byte)
        guard raw.count <= eventBytesMax else { throw .eventTooLarge(eventBytesMax) }
        guard byte == 10 || byte == 13 else { return }
        afterReturn = byte == 13
        endLine(raw[lineStart..<(raw.count - 1)], onEvent)
        lineStart = raw.count
    }

    private mutating func endLine(_ line: ArraySlice<UInt8>, _ onEvent: (ServerSentEvent) -> Void) {
        var line = line
        if atStreamStart {
            atStreamStart = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line = line.dropFirst(3) }
        }
        if line.isEmpty {
            dispatch(onEvent)
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return field(line, []) }
        guard colon != line.startIndex else { return }
        var value = line[(colon + 1)...]
        if value.first == 0x20 { value = value.dropFirst() }
        field(line[..<colon], value)
    }

    private mutating func field(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        if name.elementsEqual("data".utf8) {
            if hasData { data.append(10) }
            data += value
            hasData = true
        } else if name.elementsEqual("event".utf8) {
            event = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("id".utf8) {
            if !value.contains(0) { lastID = String(decoding: value, as: UTF8.self) }
        } else if name.elementsEqual("retry".utf8), !value.isEmpty, value.allSatisfy(Octet.isDigit) {
            retry = Int(String(decoding: value, as: UTF8.self))
        }
    }

    private mutating func dispatch(_ onEvent: (ServerSentEvent) -> Void) {
        var bytes = raw
        // A blank line's CR behind lines that ended in CRLF is told at once, with the LF that is about to follow.
        if bytes.count > 2, bytes.suffix(3).elementsEqual([13, 10, 13]) { bytes.append(10) }
        raw = []
        lineStart = 0
        // A blank line after nothing ends nothing.
        if bytes.count > 1 { onEvent(ServerSentEvent(event: event, data: data, id: lastID, retry: retry, raw: bytes)) }
        (event, data, hasData, retry) = (nil, [], false, nil)
    }
}
