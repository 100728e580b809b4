import Testing

@testable import Batch

@Suite struct LineSplitterTests {
    private static func events(_ text: [UInt8], bytesMax: Int = 64, step: Int) -> [LineSplitter.Event] {
        var splitter = LineSplitter(bytesMax: bytesMax)
        var events: [LineSplitter.Event] = []
        for start in stride(from: 0, to: text.count, by: step) {
            splitter.feed(Array(text[start..<min(start + step, text.count)])) { events.append($0) }
        }
        splitter.finish { events.append($0) }
        return events
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static let files: [(text: [UInt8], wanted: [(Int, Int, String)])] = [
        (bytes("a\nb\n"), [(1, 0, "a"), (2, 2, "b")]),
        (bytes("a\nb"), [(1, 0, "a"), (2, 2, "b")]),
        (bytes("a\r\nb\r\n"), [(1, 0, "a"), (2, 3, "b")]),
        (bytes("a\r\nb\r"), [(1, 0, "a"), (2, 3, "b")]),
        (mark + bytes("a\nb"), [(1, 3, "a"), (2, 5, "b")]),
        (mark + bytes("\r\nb"), [(2, 5, "b")]),
        (bytes("\n\n \t\r\na\n\n\nb"), [(4, 6, "a"), (7, 10, "b")]),
        (bytes("a\rb\n"), [(1, 0, "a\rb")]),
        (bytes("a\u{2028}b\n"), [(1, 0, "a\u{2028}b")]),
        ([], []), (mark, []), (bytes("\n"), []), (bytes("   "), []),
    ]

    @Test(arguments: files)
    func linesAreTheSameWhereverTheFileIsCut(text: [UInt8], wanted: [(Int, Int, String)]) {
        for step in 1...max(text.count, 1) {
            let events = Self.events(text, step: step)
            #expect(events == wanted.map { .line(number: $0.0, start: $0.1, bytes: Self.bytes($0.2)) })
            for case .line(_, let start, let bytes) in events {
                #expect(Array(text[start..<start + bytes.count]) == bytes)
            }
        }
    }

    @Test(arguments: 1...40) func aLineThatIsTooLongIsDroppedAloneAndTheNextOnesKeepTheirPlaces(step: Int) {
        let long = String(repeating: "x", count: 9)
        let text = Self.bytes("12345678\n\(long)\n12345678\r\n\(long)\r\n1\n\(long)\(long)")
        let events = Self.events(text, bytesMax: 8, step: step)
        #expect(
            events == [
                .line(number: 1, start: 0, bytes: Self.bytes("12345678")), .tooLong(number: 2),
                .line(number: 3, start: 19, bytes: Self.bytes("12345678")), .tooLong(number: 4),
                .line(number: 5, start: 40, bytes: Self.bytes("1")), .tooLong(number: 6),
            ])
    }
}
