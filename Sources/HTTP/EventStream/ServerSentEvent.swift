/// One event of a text/event-stream (WHATWG HTML §9.2).
package struct ServerSentEvent: Sendable, Equatable {
    /// The `event` field; nil when it was absent or empty.
    package var event: String?
    /// The `data` lines joined by LF.
    package var data: [UInt8]
    /// The last event id seen, this event's own included.
    package var id: String?
    /// The `retry` field, milliseconds.
    package var retry: Int?
    /// The exact bytes of the event with its comments and its blank line, for passing through. Empty data and no event
    /// name mean that this was no event but comments alone.
    package var raw: [UInt8]
    /// Where `data` begins in `raw`, when it stands there in one piece; nil when there was none or several lines.
    package var dataOffset: Int?

    package init(
        event: String? = nil, data: [UInt8], id: String? = nil, retry: Int? = nil, raw: [UInt8] = [],
        dataOffset: Int? = nil
    ) {
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry
        self.raw = raw
        self.dataOffset = dataOffset
    }

    /// The same event; where its data stands in its bytes says nothing more.
    package static func == (left: ServerSentEvent, right: ServerSentEvent) -> Bool {
        left.event == right.event && left.data == right.data && left.id == right.id && left.retry == right.retry
            && left.raw == right.raw
    }
}

/// The bytes of one event: a `data` line for each line of `data`, then a blank line.
package func encodeServerSentEvent(data: [UInt8], event: String? = nil, id: String? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(data.count + 16)
    // A line end inside a name or id would begin another field; such bytes are left out.
    if let event { bytes += "event: ".utf8 + event.utf8.filter { $0 != 10 && $0 != 13 } + "\n".utf8 }
    if let id { bytes += "id: ".utf8 + id.utf8.filter { $0 != 10 && $0 != 13 && $0 != 0 } + "\n".utf8 }
    var start = 0
    var index = 0
    bytes += "data: ".utf8
    while index < data.count {
        if data[index] == 10 || data[index] == 13 {
            bytes += data[start..<index]
            bytes += "\ndata: ".utf8
            if data[index] == 13, index + 1 < data.count, data[index + 1] == 10 { index += 1 }
            start = index + 1
        }
        index += 1
    }
    bytes += data[start...]
    bytes += "\n\n".utf8
    return bytes
}
