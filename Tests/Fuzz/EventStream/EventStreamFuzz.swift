@testable import HTTP

/// Event streams of a provider.
enum EventStreamFuzz {
    /// The same events wherever the stream is cut; those that the specification's own words give; bytes to pass on that
    /// read as the event; and events that read as what was encoded.
    static func violation(_ raw: [UInt8]) -> String? {
        let input = FuzzInput(raw)
        let bound = input.choices & 1 == 0 ? 1 << 20 : 48
        let whole = read([input.bytes[...]], bound)
        for single in [false, true] where !single || input.bytes.count <= 512 {
            let cut = read(input.pieces(single: single), bound)
            guard cut.events == whole.events, cut.isTooLarge == whole.isTooLarge else {
                return "cut at \(single ? [] : input.cuts): \(cut), whole: \(whole)"
            }
        }
        let reference = ReferenceEventStream(input.bytes).events
        let told = whole.events.map {
            ReferenceEventStream.Event(name: $0.event, data: $0.data, id: $0.id, retry: $0.retry)
        }
        guard whole.isTooLarge ? reference.starts(with: told) : reference == told else {
            return "told \(told), the specification \(reference)"
        }
        return faultOfRaw(whole.events, input.bytes) ?? faultOfEncoding(input)
    }

    private static func read(
        _ pieces: [ArraySlice<UInt8>], _ bound: Int
    ) -> (events: [ServerSentEvent], isTooLarge: Bool) {
        var parser = EventStreamParser(eventBytesMax: bound)
        var events: [ServerSentEvent] = []
        do throws(EventStreamError) {
            for piece in pieces { try parser.feed(piece) { events.append($0) } }
        } catch {
            return (events, true)
        }
        return (events, false)
    }

    /// Nothing but line ends is added or lost on the way through, and each event stands for itself.
    private static func faultOfRaw(_ events: [ServerSentEvent], _ bytes: [UInt8]) -> String? {
        func solid(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { $0 != 10 && $0 != 13 } }
        guard solid(bytes).starts(with: solid(events.flatMap(\.raw))) else { return "bytes got lost: \(events)" }
        for (index, event) in events.enumerated() {
            if let offset = event.dataOffset, !event.raw.dropFirst(offset).starts(with: event.data) {
                return "the data of \(event) is not at \(offset)"
            }
            // After a blank line a byte order mark is no longer one.
            let alone = read([(index == 0 ? [] : [10])[...], event.raw[...]], 1 << 20).events
            guard alone.count == 1, alone[0].data == event.data, alone[0].event == event.event,
                alone[0].retry == event.retry
            else { return "\(event) alone reads as \(alone)" }
        }
        return nil
    }

    private static func faultOfEncoding(_ input: FuzzInput) -> String? {
        func line(_ bytes: ArraySlice<UInt8>) -> String? {
            let sane = bytes.filter { $0 != 10 && $0 != 13 && $0 != 0 }
            return sane.isEmpty ? nil : String(decoding: sane, as: UTF8.self)
        }
        let pieces = input.pieces(single: false)
        let (name, id, data) = (line(pieces[0]), line(pieces[1]), Array(pieces[2]))
        let events = read([encodeServerSentEvent(data: data, event: name, id: id)[...]], .max).events
        guard events.count == 1, events[0].event == name, events[0].id == id else {
            return "\(String(describing: name)), \(String(describing: id)) became \(events)"
        }
        var expected: [UInt8] = []
        for (index, byte) in data.enumerated() {
            if byte == 10, index > 0, data[index - 1] == 13 { continue }
            expected.append(byte == 13 ? 10 : byte)
        }
        return events[0].data == expected ? nil : "\(data) became \(events[0].data)"
    }
}
