import Gateway

/// What stands where a status line and fields should.
extension FaultTable {
    static let heads: [FaultCase] = noHTTP + statusLines + fields + interim

    /// The gateway has to leave by itself: these say nothing more, and do not close.
    private static func opening(_ name: String, _ text: String, _ expected: FaultExpectation) -> FaultCase {
        FaultCase(name, [.send(text), .untilDeparture], expected)
    }

    private static let malformed = FaultExpectation.failed("malformed_answer")
    /// A whole answer, though none of events.
    private static let notEvents = FaultExpectation.failed("truncated", after: 200)

    private static let noHTTP: [FaultCase] = [
        FaultCase(
            "bytes of no sense", [.bytes((0...255).map { UInt8($0) } + [13, 10, 13, 10]), .untilDeparture], malformed),
        opening("another protocol's greeting", "SSH-2.0-OpenSSH_9.2\r\n", malformed),
        opening("a page without a head", "<html>\r\n<body>502</body>\r\n\r\n", malformed),
        opening("a document without a head", completion + "\r\n\r\n", malformed),
        opening("an answer of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", malformed),
        opening("a request in place of an answer", "POST /v1 HTTP/1.1\r\nHost: x\r\n\r\n", malformed),
        opening("an answer of ICY", "ICY 200 OK\r\n" + length + "\r\n" + completion, malformed),
    ]

    private static func status(_ line: String) -> FaultCase {
        opening("status line: " + line, line + "\r\n" + length + "\r\n" + completion, malformed)
    }

    private static let statusLines: [FaultCase] = [
        status("HTTP/1.1"), status("HTTP/1.1 OK"), status("HTTP/1.1 20 OK"), status("HTTP/1.1 2000 OK"),
        status("HTTP/1.1 -20 OK"), status("HTTP/1.1 099 OK"), status("HTTP/9.9 200 OK"), status("HTTP/11 200 OK"),
        status("http/1.1 200 OK"), status("HTTP/1.1\t200 OK"), status(" HTTP/1.1 200 OK"), status("HTTP/1.1  200 OK"),
        FaultCase("status line without a reason", [head(length, "HTTP/1.1 200"), .send(completion)], .answered)
            .with { $0.expectedStream = notEvents },
    ]

    private static func field(_ name: String, _ line: String) -> FaultCase {
        FaultCase("field: " + name, [head(line + "\r\n" + length), .send(completion), .untilDeparture], malformed)
    }

    private static let fields: [FaultCase] = [
        field("white space before the colon", "X-A : 1"), field("a line that goes on", "X-A: 1\r\n folded"),
        field("no colon", "X-A"), field("no name", ": 1"), field("a name with a space", "X A: 1"),
        field("a control character", "X-A: \u{1}"), field("a bare CR", "X-A: 1\rX-B: 2"),
        field("NUL", "X-A: \0"),
        FaultCase("field: lines that end with LF alone", lineFeeds, .answered).with { $0.expectedStream = notEvents },
        FaultCase("one field without end", [head("X-Flood: " + long(100_000)), .untilDeparture], tooLarge),
        FaultCase("a field of 70 kB", [head("X-Flood: " + long(70_000) + "\r\n" + length), .untilDeparture], tooLarge),
        FaultCase("fields of 80 kB in all", [head(flood(80, of: 1_000) + length), .untilDeparture], tooLarge),
        FaultCase("fields without end", [head(flood(4_000, of: 20)), .untilDeparture], tooLarge),
        FaultCase(
            "101 small fields", [head(flood(101, of: 1) + length), .send(completion), .untilDeparture], tooLarge),
    ]

    private static let tooLarge = FaultExpectation.failed("head_too_large")

    /// RFC 9112 §2.2 lets a recipient take them.
    private static let lineFeeds: [Step] = [
        .send("HTTP/1.1 200 OK\nContent-Length: \(completion.utf8.count)\n\n" + completion)
    ]

    private static func long(_ count: Int) -> String { String(repeating: "y", count: count) }

    private static func flood(_ count: Int, of size: Int) -> String {
        (0..<count).map { "X-Flood-\($0): \(long(size))\r\n" }.joined()
    }

    /// RFC 9110 §15.2: 1xx.
    private static let interim: [FaultCase] = [
        FaultCase("a few interim answers", [hints(3), head(length), .send(completion)], .answered)
            .with { $0.expectedStream = notEvents },
        FaultCase("200 interim answers", [hints(200), head(length), .send(completion), .untilDeparture], malformed),
        FaultCase("interim answers without end", [hints(20_000), .untilDeparture], malformed),
        FaultCase("an interim answer and nothing else", [hints(1), .close], .failed("connection_lost")),
        opening("another protocol, unasked", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", malformed),
    ]

    private static func hints(_ count: Int) -> Step {
        .send(String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: count))
    }
}
