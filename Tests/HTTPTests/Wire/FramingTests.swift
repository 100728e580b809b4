import Testing

@testable import HTTP

/// Where a message ends: RFC 9112 §6 and §7, RFC 9110 §8.6.
@Suite struct FramingTests {
    @Test(arguments: [
        WireCase("length first", fields: "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        WireCase("coding first", fields: "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
    ])
    func rfc9112Section6_1BothFramingsAreRefused(_ sample: WireCase) { expectRefused(sample, 400) }

    @Test(arguments: [
        WireCase("twice, differing", fields: "Content-Length: 3\r\nContent-Length: 4"),
        WireCase("twice, the same", fields: "Content-Length: 3\r\nContent-Length: 3"),
        WireCase("empty", fields: "Content-Length: "), WireCase("a list", fields: "Content-Length: 3, 3"),
        WireCase("plus", fields: "Content-Length: +3"), WireCase("minus", fields: "Content-Length: -3"),
        WireCase("hexadecimal", fields: "Content-Length: 0x3"), WireCase("underscore", fields: "Content-Length: 1_0"),
        WireCase("2^63", fields: "Content-Length: 9223372036854775808"),
        WireCase("2^64 + 5", fields: "Content-Length: 18446744073709551621"),
        WireCase("inner space", fields: "Content-Length: 1 2"), WireCase("fraction", fields: "Content-Length: 3.0"),
    ])
    func rfc9110Section8_6LengthIsOneNumber(_ sample: WireCase) { expectRefused(sample, 400) }

    @Test func rfc9112Section6_2LengthCountsBytesAndTheNextRequestFollows() {
        let messages = expectRead(
            WireCase(
                "two", fields: "Content-Length: 007\r\n\r\na\r\nb\0c\u{7F}GET /next HTTP/1.1\r\nhost: b\r\n\r\n"))
        #expect(messages.map(\.body) == [Array("a\r\nb\0c\u{7F}".utf8), []])
        #expect(messages.map(\.target) == ["/", "/next"])
    }

    @Test(arguments: [
        (WireCase("gzip last", fields: "Transfer-Encoding: chunked, gzip"), 400),
        (WireCase("gzip alone", fields: "Transfer-Encoding: gzip"), 400),
        (WireCase("chunked twice", fields: "Transfer-Encoding: chunked, chunked"), 400),
        (
            WireCase("chunked twice, two fields", fields: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            400
        ),
        (WireCase("empty", fields: "Transfer-Encoding: "), 400),
        (WireCase("commas", fields: "Transfer-Encoding: ,"), 400),
        (WireCase("unknown", fields: "Transfer-Encoding: xchunked"), 501),
        (WireCase("unknown before", fields: "Transfer-Encoding: cow, chunked"), 501),
        (WireCase("identity", fields: "Transfer-Encoding: identity"), 501),
        (WireCase("gzip before", fields: "Transfer-Encoding: gzip, chunked"), 501),
        (WireCase("quoted", fields: "Transfer-Encoding: \"chunked\""), 501),
        (WireCase("with a parameter", fields: "Transfer-Encoding: chunked;q=1"), 501),
        (WireCase("vertical tab", fields: "Transfer-Encoding: \u{0B}chunked"), 400),
        (WireCase("HTTP/1.0", "POST / HTTP/1.0", fields: "Transfer-Encoding: chunked"), 400),
    ])
    func rfc9112Section6_1OnlyChunkedIsACoding(_ sample: WireCase, _ status: Int) { expectRefused(sample, status) }

    @Test func rfc9112Section7_1ChunksAreJoined() {
        let body = "5;a=b;c=\"d;\\\"e\" \r\n"
        expectRefused(.chunked("space before the line end", body), 400)
        let messages = expectRead(
            .chunked("chunks", "5\r\nhello\r\n0A;a=b; c;d=\"e;\\\"f\"\r\n0123456789\r\n000\r\nX-Trailer: t\r\n\r\n"))
        #expect(messages.map { String(decoding: $0.body, as: UTF8.self) } == ["hello0123456789"])
        // §7.1.2: what stands in a trailer never joins the header fields.
        #expect(messages[0].names == ["Host", "Transfer-Encoding"])
    }

    @Test(arguments: [
        WireCase.chunked("sign", "+1\r\nx\r\n0\r\n\r\n"), .chunked("minus", "-1\r\nx\r\n0\r\n\r\n"),
        .chunked("prefix", "0x1\r\nx\r\n0\r\n\r\n"), .chunked("underscore", "1_0\r\nx\r\n0\r\n\r\n"),
        .chunked("letter", "g\r\nx\r\n0\r\n\r\n"), .chunked("space before", " 1\r\nx\r\n0\r\n\r\n"),
        .chunked("space behind", "1 \r\nx\r\n0\r\n\r\n"), .chunked("no size", "\r\nx\r\n0\r\n\r\n"),
        .chunked("only an extension", ";a\r\nx\r\n0\r\n\r\n"), .chunked("LF alone", "1\nx\r\n0\r\n\r\n"),
        .chunked("CR alone", "1\rx\r\n0\r\n\r\n"), .chunked("too long a chunk", "1\r\nxy\r\n0\r\n\r\n"),
        .chunked("LF behind the data", "1\r\nx\n0\r\n\r\n"),
        .chunked("2^64 + 1", "10000000000000001\r\nx\r\n0\r\n\r\n"),
        .chunked("2^63", "8000000000000000\r\nx\r\n0\r\n\r\n"), .chunked("many zeros", "0000000000000001\r\nx"),
        .chunked("empty extension", "1;\r\nx\r\n0\r\n\r\n"), .chunked("CR in an extension", "1;a=\rb\r\nx"),
        .chunked("LF in an extension", "1;a\nb\r\nx"), .chunked("quote not closed", "1;a=\"b\r\nx\r\n0\r\n\r\n"),
        .chunked("NUL in a quote", "1;a=\"\0\"\r\nx"), .chunked("space in an extension", "1;a =b\r\nx"),
    ])
    func rfc9112Section7_1ChunkSizesAreHexadecimalAndExact(_ sample: WireCase) { expectRefused(sample, 400) }

    @Test func rfc9112Section7_1_1ExtensionsAreBoundedOverTheWholeBody() {
        var limits = WireLimits()
        limits.chunkExtensionBytesMax = 32
        let many = String(repeating: "1;abc\r\nx\r\n", count: 10)
        expectRefused(.chunked("many", many + "0\r\n\r\n"), 400, limits: limits)
        expectRead(.chunked("few", "1;abc\r\nx\r\n0\r\n\r\n"), limits: limits)
    }

    @Test(arguments: ["Content-Length: 1", "transfer-encoding: chunked", "HOST: b", "Authorization: Bearer x"])
    func rfc9110Section6_5_1TrailerNeverFramesRoutesOrAuthorises(_ field: String) {
        expectRefused(.chunked(field, "0\r\n\(field)\r\n\r\n"), 400)
    }

    @Test func rfc9112Section7_1_2TrailersAreBounded() {
        var limits = WireLimits()
        limits.headerCountMax = 3
        limits.headerBytesMax = 60
        let fields = (0..<4).map { "a\($0): b\r\n" }.joined()
        expectRefused(.chunked("too many", "0\r\n\(fields)\r\n"), 431, limits: limits)
        let long = "a: " + String(repeating: "b", count: 60) + "\r\n"
        expectRefused(.chunked("too large", "0\r\n\(long)\r\n"), 431, limits: limits)
        expectRefused(.chunked("folded", "0\r\na: b\r\n c\r\n\r\n"), 400)
    }

    @Test func bodyOverItsLimitIsRefusedAsSoonAsItsSizeIsKnown() {
        expectRefused(WireCase("length", fields: "Content-Length: 11"), 413, bodyBytesMax: 10)
        expectRefused(.chunked("chunk", "B\r\n"), 413, bodyBytesMax: 10)
        expectRefused(.chunked("second chunk", "5\r\nhello\r\n6\r\n"), 413, bodyBytesMax: 10)
        expectRead(.chunked("just so", "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n"), bodyBytesMax: 10)
        expectRead(WireCase("just so", fields: "Content-Length: 3\r\n\r\nabc"), bodyBytesMax: 3)
    }

    @Test func messageThatIsCutShortIsNeverComplete() {
        for sample in [
            WireCase("body", fields: "Content-Length: 5\r\n\r\nhell"), .chunked("no last chunk", "5\r\nhello\r\n"),
            .chunked("no end of the trailer", "0\r\n"), WireCase("head", raw: "GET / HTTP/1.1\r\nHost: a\r\n"),
        ] {
            let reading = WireReading(sample.bytes)
            #expect(reading.error == nil && reading.messages.isEmpty && !reading.isEverythingUsed)
        }
    }
}
