import Testing

/// An answer that is cut at every one of its bytes, and what becomes of each cut.
enum CutShape: String, Sendable, CaseIterable, CustomTestStringConvertible {
    /// A plain answer with its length.
    case length
    /// A plain answer in two chunks.
    case chunks
    /// A plain answer that ends with its connection.
    case untilClose
    /// Three events and `[DONE]`, each in a chunk of its own.
    case stream

    var testDescription: String { rawValue }

    var isStream: Bool { self == .stream }

    var bytes: [UInt8] { Array((head + body).utf8) }

    private var head: String {
        switch self {
        case .length: "HTTP/1.1 200 OK\r\n" + FaultTable.length + "\r\n"
        case .chunks: "HTTP/1.1 200 OK\r\n" + FaultTable.chunked + "\r\n"
        case .untilClose: "HTTP/1.0 200 OK\r\n\r\n"
        case .stream: ScriptedUpstream.streamHead
        }
    }

    private var body: String {
        switch self {
        case .length, .untilClose: FaultTable.completion
        case .chunks:
            Self.chunk(String(FaultTable.completion.prefix(40)))
                + Self.chunk(String(FaultTable.completion.dropFirst(40)))
                + "0\r\n\r\n"
        case .stream: Self.events.map(Self.chunk).joined() + "0\r\n\r\n"
        }
    }

    private static let events: [String] = [
        FaultTable.firstText, "data: " + ScriptedUpstream.delta("second") + "\n\n",
        "data: " + ScriptedUpstream.finish + "\n\n", "data: [DONE]\n\n",
    ]

    private static func chunk(_ text: String) -> String {
        String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
    }

    /// Where the first event has come whole: beyond it the cut waits until the caller has seen it.
    var firstEventEnd: Int? { isStream ? Self.ends(of: Self.events, after: head.utf8.count)[0] : nil }

    /// Offsets behind each event's blank line.
    private static func ends(of events: [String], after head: Int) -> [Int] {
        var offset = head
        return events.map { event in
            let whole = chunk(event).utf8.count
            defer { offset += whole }
            return offset + whole - 2
        }
    }

    /// What the caller has of the events when only `count` bytes came.
    func events(in count: Int) -> String {
        zip(Self.events, Self.ends(of: Self.events, after: head.utf8.count)).filter { $0.1 <= count }.map(\.0).joined()
    }

    /// - Parameter isReset: RST; otherwise FIN, which may be an honest end.
    func expectation(cutAt count: Int, isReset: Bool) -> FaultExpectation {
        if count < head.utf8.count { return .failed("connection_lost") }
        switch self {
        case .length, .chunks: return count == bytes.count ? .answered : .failed("truncated", after: 200)
        case .untilClose:
            // RFC 9112 §8: only an orderly end of the connection is the answer's end.
            if isReset { return .failed("truncated", after: 200) }
            return count == bytes.count ? .answered : .failed("malformed_answer", after: 200)
        case .stream:
            let ends = Self.ends(of: Self.events, after: head.utf8.count)
            if count < ends[0] { return .failed("truncated", after: 200) }
            return count < ends[3] ? .broken("truncated") : .answered
        }
    }
}
