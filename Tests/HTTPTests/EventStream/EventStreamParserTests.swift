import HTTP
import Testing

/// WHATWG HTML §9.2.
struct EventStreamParserTests {
    private func events(_ text: String, cuts: [Int] = [], bytesMax: Int = 1 << 20) throws -> [ServerSentEvent] {
        var parser = EventStreamParser(eventBytesMax: bytesMax)
        var found: [ServerSentEvent] = []
        let bytes = Array(text.utf8)
        var start = 0
        for end in cuts + [bytes.count] {
            try parser.feed(bytes[start..<end]) { found.append($0) }
            start = end
        }
        return found
    }

    private func data(_ text: String) throws -> [String] {
        try events(text).map { String(decoding: $0.data, as: UTF8.self) }
    }

    @Test func examplesOfTheSpecificationAreRead() throws {
        #expect(try data("data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"])
        let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
        #expect(try data(stream) == ["", "first event", "second event", " third event"])
        let ids = try events(stream).map(\.id)
        #expect(ids == [nil, "1", "", ""])
        #expect(try data("data\n\ndata\ndata\n\ndata:") == ["", "\n"])
        #expect(try data("data:test\n\ndata: test\n\n") == ["test", "test"])
    }

    @Test func eventNameAndRetryBelongToOneEvent() throws {
        let found = try events("event: add\ndata: 1\nretry: 250\n\ndata: 2\nretry: 1x\n\n")
        #expect(found.map(\.event) == ["add", nil])
        #expect(found.map(\.retry) == [250, nil])
        // A number that nothing holds says nothing; the one before it stands.
        let beyond = try events("retry: 5\nretry: 99999999999999999999\ndata: 1\n\n")
        #expect(beyond.map(\.retry) == [5])
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func lineEndsOfEveryKindAreTheSameAtEverySplit(end: String) throws {
        let lines = [": hello", "", "event: delta", "data: {\"a\":1}", "data: b", "", "data: [DONE]", "", ""]
        let text = lines.joined(separator: end)
        let whole = try events(text)
        #expect(whole.map { String(decoding: $0.data, as: UTF8.self) } == ["", "{\"a\":1}\nb", "[DONE]"])
        #expect(whole.flatMap(\.raw) == Array(text.utf8))
        for cut in 0...text.utf8.count {
            let split = try events(text, cuts: [cut])
            #expect(split == whole, "cut at \(cut)")
        }
        let single = try events(text, cuts: Array(0..<text.utf8.count))
        #expect(single == whole)
    }

    @Test func byteOrderMarkAtTheStartIsSkipped() throws {
        #expect(try data("\u{feff}data: x\n\n") == ["x"])
    }

    @Test func unfinishedEventIsNotToldButKnown() throws {
        var parser = EventStreamParser()
        var count = 0
        try parser.feed("data: half\n".utf8) { _ in count += 1 }
        #expect(count == 0 && parser.hasPartialEvent)
        try parser.feed("\n".utf8) { _ in count += 1 }
        #expect(count == 1 && !parser.hasPartialEvent)
    }

    @Test func eventBeyondTheBoundEndsTheStream() {
        #expect(throws: EventStreamError.eventTooLarge(64)) {
            try events("data: " + String(repeating: "x", count: 100), bytesMax: 64)
        }
    }

    @Test func encodedEventReadsBackAsItWas() throws {
        let encoded = encodeServerSentEvent(data: Array("one\ntwo\r\nthree".utf8), event: "note", id: "7")
        let found = try events(String(decoding: encoded, as: UTF8.self))
        #expect(found.count == 1)
        #expect(found[0].event == "note" && found[0].id == "7")
        #expect(String(decoding: found[0].data, as: UTF8.self) == "one\ntwo\nthree")
        #expect(encodeServerSentEvent(data: Array("{}".utf8)) == Array("data: {}\n\n".utf8))
        let forged = encodeServerSentEvent(data: [], event: "a\ndata: forged")
        #expect(try data(String(decoding: forged, as: UTF8.self)) == [""])
    }
}
