/// Answers whose length is in doubt, and chunks that are none (RFC 9112 §6 and §7).
extension FaultTable {
    private static let malformed = FaultExpectation.failed("malformed_answer")
    private static let notEvents = FaultExpectation.failed("truncated", after: 200)

    private static func framed(_ name: String, _ fields: String, _ body: String = completion) -> FaultCase {
        FaultCase(name, [head(fields), .send(body), .untilDeparture], malformed)
    }

    private static let oneChunk = String(completion.utf8.count, radix: 16) + "\r\n" + completion + "\r\n0\r\n\r\n"

    static let lengths: [FaultCase] = [
        framed("two lengths that differ", "Content-Length: 5\r\n" + length),
        framed("two lengths that are the same", length + length),
        framed("a list of lengths", "Content-Length: \(completion.utf8.count), \(completion.utf8.count)\r\n"),
        framed("a negative length", "Content-Length: -1\r\n"), framed("a signed length", "Content-Length: +5\r\n"),
        framed("a hexadecimal length", "Content-Length: 0x10\r\n"), framed("an empty length", "Content-Length:\r\n"),
        framed("a length with a tail", "Content-Length: \(completion.utf8.count) bytes\r\n"),
        framed("a length beyond every number", "Content-Length: 99999999999999999999999999\r\n"),
        framed("a length and chunks", length + chunked, oneChunk),
        framed("chunks and a length", chunked + length, oneChunk),
        framed("a coding that was not asked for", "Transfer-Encoding: gzip, chunked\r\n", oneChunk),
        framed("chunked twice", "Transfer-Encoding: chunked, chunked\r\n", oneChunk),
        framed("chunked before another coding", "Transfer-Encoding: chunked, gzip\r\n", oneChunk),
        framed("an unknown coding", "Transfer-Encoding: xchunked\r\n", oneChunk),
        framed("no coding", "Transfer-Encoding: identity\r\n"),
        FaultCase(
            "chunks of HTTP/1.0", [head(chunked, "HTTP/1.0 200 OK"), .send(oneChunk), .untilDeparture], malformed),
        FaultCase(
            "a length that is too short",
            [head("Content-Length: \(completion.utf8.count - 1)\r\n"), .send(completion), .untilDeparture],
            .failed("malformed_answer", after: 200)
        ).with { $0.expectedStream = notEvents },
        FaultCase(
            "a length that is too long",
            [head("Content-Length: \(completion.utf8.count + 1)\r\n"), .send(completion), .close],
            .failed("truncated", after: 200)),
        FaultCase(
            "a length that is too long by far",
            [head("Content-Length: 900000000000000\r\n"), .send(completion), .close],
            .failed("truncated", after: 200)),
    ]

    /// After a first good chunk.
    private static func chunk(_ name: String, _ text: String) -> FaultCase {
        FaultCase(
            "chunk: " + name, plain: [head(chunked), .send("1\r\n{\r\n" + text), .untilDeparture],
            .failed("malformed_answer", after: 200), stream: [.send(text), .untilDeparture], .broken("malformed_answer")
        )
    }

    static let chunks: [FaultCase] = [
        chunk("no number", "zz\r\nhello\r\n"), chunk("negative", "-1\r\nhello\r\n"),
        chunk("prefixed", "0x5\r\nhello\r\n"),
        chunk("white space before the size", " 5\r\nhello\r\n"), chunk("white space after the size", "5 \r\nhello\r\n"),
        chunk("no size", "\r\nhello\r\n"), chunk("a size beyond every number", "fffffffffffffffff\r\nhello\r\n"),
        chunk("a size that wraps around", "10000000000000005\r\nhello\r\n"),
        chunk("longer than its size", "5\r\nhello world\r\n"), chunk("no line end behind it", "5\r\nhello0\r\n\r\n"),
        chunk("LF alone behind the size", "5\nhello\r\n"), chunk("LF alone behind the data", "5\r\nhello\n0\r\n\r\n"),
        chunk("an extension of 100 kB", "5;a=" + String(repeating: "y", count: 100_000) + "\r\nhello\r\n"),
        chunk("extensions without end", String(repeating: "1;abc=defghijk\r\n \r\n", count: 2_000)),
        chunk("an extension that is malformed", "5;=\u{1}\r\nhello\r\n"),
        chunk("a trailer without a name", "0\r\n: 1\r\n\r\n"),
        chunk("a trailer of 100 kB", "0\r\nX-T: " + String(repeating: "y", count: 100_000) + "\r\n\r\n"),
        chunk("trailers without end", "0\r\n" + String(repeating: "X-T: y\r\n", count: 20_000)),
        FaultCase(
            "a last chunk with extension and trailers", [head(chunked), .send(extended)], .answered
        ).with { $0.expectedStream = notEvents },
    ]

    private static let extended =
        String(completion.utf8.count, radix: 16) + ";name=\"a \\\" b\";other\r\n" + completion
        + "\r\n000;last\r\nX-Checksum: 1\r\nX-Other: 2\r\n\r\n"
}
