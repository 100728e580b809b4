import HTTP

/// Cuts an upstream's bytes into events. A value: each stream has its own.
protocol StreamFraming: Sendable {
    /// Calls `onEvent` for each event that these bytes complete: of a framing that is none of server-sent events with
    /// the event's name, its data and no raw bytes. An event without name and data is a sign of life.
    /// - Throws: for what cannot be cut; the stream is broken then.
    mutating func feed(_ bytes: [UInt8], _ onEvent: (ServerSentEvent) -> Void) throws(EventStreamError)
}

extension EventStreamParser: StreamFraming {
    mutating func feed(_ bytes: [UInt8], _ onEvent: (ServerSentEvent) -> Void) throws(EventStreamError) {
        var fault: EventStreamError?
        bytes.withUnsafeBytes { held in
            do throws(EventStreamError) { try feed(held, onEvent) } catch { fault = error }
        }
        if let fault { throw fault }
    }
}
