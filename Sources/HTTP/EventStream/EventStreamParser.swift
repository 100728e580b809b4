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
    /// The event that is open begins with the stream's byte order mark.
    private var isMarked = false
    private var event: String?
    private var data: [UInt8] = []
    private var hasData = false
    /// Where the data begins in `raw` while it is one line.
    private var dataOffset: Int?
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
        let copy = Array(bytes)
        var fault: EventStreamError?
        copy.withUnsafeBytes { held in
            do throws(EventStreamError) { try feed(held, onEvent) } catch { fault = error }
        }
        if let fault { throw fault }
    }

    /// The same for bytes in place, such as a receive buffer.
    package mutating func feed(
        _ bytes: UnsafeRawBufferPointer, _ onEvent: (ServerSentEvent) -> Void
    ) throws(EventStreamError) {
        var index = 0
        while index < bytes.count {
            if skipsLineFeed(bytes[index]) {
                index += 1
                continue
            }
            let end = ByteRun.lineEnd(bytes, from: index)
            let isLine = end < bytes.count
            guard raw.count + end - index + (isLine ? 1 : 0) <= eventBytesMax else {
                throw .eventTooLarge(eventBytesMax)
            }
            raw.append(contentsOf: bytes[index..<end])
            guard isLine else { return }
            raw.append(bytes[end])
            afterReturn = bytes[end] == Octet.carriageReturn
            endLine(raw[lineStart..<(raw.count - 1)], onEvent)
            lineStart = raw.count
            index = end + 1
        }
    }

    /// The CR before has ended the line; its LF belongs to the event that is still open, or to the one just told.
    private mutating func skipsLineFeed(_ byte: UInt8) -> Bool {
        guard afterReturn else { return false }
        afterReturn = false
        guard byte == Octet.lineFeed else { return false }
        if !raw.isEmpty {
            raw.append(byte)
            lineStart = raw.count
        }
        return true
    }

    private mutating func endLine(_ line: ArraySlice<UInt8>, _ onEvent: (ServerSentEvent) -> Void) {
        var line = line
        if atStreamStart {
            atStreamStart = false
            isMarked = line.starts(with: Self.mark)
            if isMarked { line = line.dropFirst(3) }
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
            dataOffset = hasData ? nil : value.startIndex
            data += value
            hasData = true
        } else if name.elementsEqual("event".utf8) {
            event = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("id".utf8) {
            if !value.contains(0) { lastID = String(decoding: value, as: UTF8.self) }
        } else if name.elementsEqual("retry".utf8), !value.isEmpty, value.allSatisfy(Octet.isDigit) {
            retry = Int(String(decoding: value, as: UTF8.self)) ?? retry
        }
    }

    private mutating func dispatch(_ onEvent: (ServerSentEvent) -> Void) {
        var bytes = raw
        // A blank line's CR behind lines that ended in CRLF is told at once, with the LF that is about to follow.
        if bytes.count > 2, bytes.suffix(3).elementsEqual([13, 10, 13]) { bytes.append(10) }
        raw = []
        lineStart = 0
        // Passed on first of all, after blank lines that told nothing, these bytes would become the mark that they were
        // not, and the field behind them another.
        if !isMarked, bytes.starts(with: Self.mark) {
            bytes.insert(Octet.lineFeed, at: 0)
            dataOffset = dataOffset.map { $0 + 1 }
        }
        isMarked = false
        // A blank line after nothing ends nothing.
        if bytes.count > 1 {
            onEvent(
                ServerSentEvent(
                    event: event, data: data, id: lastID, retry: retry, raw: bytes, dataOffset: dataOffset))
        }
        (event, data, hasData, dataOffset, retry) = (nil, [], false, nil, nil)
    }

    /// U+FEFF in UTF-8.
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
