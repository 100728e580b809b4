import Testing

@testable import HTTP

/// RFC 9112 §2 and §3: the request line, its target, its version, and Host.
@Suite struct RequestLineTests {
    private static func line(_ line: String) -> WireCase { WireCase(line, raw: "\(line)\r\nHost: a\r\n\r\n") }

    @Test func rfc9112Section2_2EmptyLinesBeforeARequestAreSkippedUpToABound() {
        #expect(expectRead(WireCase("two", raw: "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")).count == 1)
        let many = String(repeating: "\r\n", count: 9)
        expectRefused(WireCase("nine", raw: many + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400)
        expectRefused(WireCase("LF", raw: "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400)
        expectRefused(WireCase("CR", raw: "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400)
    }

    @Test(arguments: [
        WireCase("LF after the request line", raw: "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        WireCase("CR after the request line", raw: "GET / HTTP/1.1\rHost: a\r\n\r\n"),
        WireCase("LF after a field", raw: "GET / HTTP/1.1\r\nHost: a\n\r\n"),
        WireCase("CR in a field", raw: "GET / HTTP/1.1\r\nHost: a\r\nb: c\rd: e\r\n\r\n"),
        WireCase("LF for the blank line", raw: "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        WireCase("white space before the first field", raw: "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        WireCase("TLS", raw: "\u{16}\u{03}\u{01}\u{02}"), WireCase("two spaces", raw: "GET  / HTTP/1.1\r\n"),
        WireCase("space at the end", raw: "GET / HTTP/1.1 \r\n"), WireCase("tab", raw: "GET\t/ HTTP/1.1\r\n"),
        WireCase("space before", raw: " GET / HTTP/1.1\r\n"), WireCase("no target", raw: "GET HTTP/1.1\r\n"),
        WireCase("HTTP/0.9", raw: "GET /\r\n"), WireCase("lower case", raw: "GET / http/1.1\r\n"),
        WireCase("two digits", raw: "GET / HTTP/1.10\r\n"), WireCase("no minor", raw: "GET / HTTP/1\r\n"),
        WireCase("NUL in the target", raw: "GET /a\0 HTTP/1.1\r\n"), WireCase("DEL", raw: "GET /\u{7F} HTTP/1.1\r\n"),
        WireCase("not ASCII", raw: "GET /é HTTP/1.1\r\n"), WireCase("CR in the target", raw: "GET /a\rb HTTP/1.1\r\n"),
    ])
    func rfc9112Section2_2And3MalformedLinesAreRefused(_ sample: WireCase) { expectRefused(sample, 400) }

    @Test func rfc9112Section2_3OtherMajorVersionsAreRefusedAndLaterMinorsRead() {
        expectRefused(Self.line("GET / HTTP/2.0"), 505)
        expectRefused(Self.line("GET / HTTP/0.9"), 505)
        expectRefused(WireCase("preface of HTTP/2", raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505)
        #expect(expectRead(Self.line("GET / HTTP/1.9")).count == 1)
    }

    @Test func rfc9110Section9_1MethodsAreCaseSensitiveAndUnknownOnesNotImplemented() {
        for method in Method.allCases where method != .connect {
            #expect(expectRead(Self.line("\(method.rawValue) / HTTP/1.1"))[0].method == method.rawValue)
        }
        for method in ["get", "Get", "GETS", "GE", "PROPFIND", "A-METHOD-OF-THIRTY-TWO-LETTERS-.", "PUT1234"] {
            expectRefused(Self.line("\(method) / HTTP/1.1"), 501)
        }
        // As soon as it is longer than any method is.
        expectRefused(WireCase("endless", raw: String(repeating: "A", count: 33)), 501)
        expectRefused(WireCase("no token", raw: "G(T / HTTP/1.1\r\n"), 400)
    }

    @Test func rfc9112Section3EightThousandBytesAreReadAndMoreThanTheLimitAreNot() {
        let limit = WireLimits().requestLineBytesMax
        func line(_ bytes: Int) -> [UInt8] {
            let target = "/" + String(repeating: "a", count: bytes - "GET / HTTP/1.1".utf8.count)
            return Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        }
        #expect(limit >= 8_000)
        #expect(WireReading(line(limit)).messages.count == 1)
        #expect(WireReading(line(limit + 1)).error?.status == 414)
        #expect(WireReading(Array(line(3 * limit)[..<(limit + 1)])).error?.status == 414)
        for bytes in [line(8_000), line(limit), line(limit + 1)] {
            let whole = WireReading(bytes)
            // Every cut near the two ends and some between them: all of eight thousand would only take time.
            for cut in 0...bytes.count where cut < 40 || cut > bytes.count - 60 || cut % 199 == 0 {
                #expect(WireReading(bytes, cuts: [cut]) == whole, "cut at \(cut)")
            }
        }
    }

    @Test(
        arguments: [
            ("/a/b?c=d?e", "/a/b", "c=d?e"), ("/", "/", nil), ("/?", "/", ""), ("/a#b?c", "/a", nil),
            ("/a?b#c", "/a", "b"),
            ("http://a.b/c?d", "/c", "d"), ("HTTPS://a.b:8443", "/", nil), ("http://a?b", "/", "b"),
            ("http://[::1]:80/x", "/x", nil), ("http://u:p@a.b/c", "/c", nil), ("/a;b=c,d/%7e", "/a;b=c,d/%7e", nil),
        ] as [(String, String, String?)])
    func rfc9112Section3_2TargetIsDividedIntoPathAndQuery(_ target: String, _ path: String, _ query: String?) throws {
        let head = try head("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(head.target == target && head.path == path && head.query == query)
    }

    @Test(arguments: [
        "GET a HTTP/1.1", "GET a:443 HTTP/1.1", "GET * HTTP/1.1", "OPTIONS ** HTTP/1.1", "GET ftp://a/ HTTP/1.1",
        "GET http:///a HTTP/1.1", "GET http://:80/ HTTP/1.1", "GET http://a:b/ HTTP/1.1",
        "GET http://a:65536/ HTTP/1.1",
        "GET http://[::1/ HTTP/1.1", "GET http://a]/ HTTP/1.1", "CONNECT / HTTP/1.1", "CONNECT a HTTP/1.1",
        "CONNECT http://a:80/ HTTP/1.1", "CONNECT a: HTTP/1.1", "GET ?a HTTP/1.1",
    ])
    func rfc9112Section3_2OtherFormsAreRefused(_ line: String) { expectRefused(Self.line(line), 400) }

    @Test func rfc9112Section3_2_2AbsoluteTargetOverridesHost() throws {
        let head = try head("GET http://real.example:81/ HTTP/1.1\r\nHost: other.example\r\n\r\n")
        #expect(head.value("host") == "real.example:81")
        let plain = try self.head("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n")
        #expect(plain.value("HOST") == "other.example")
    }

    @Test(arguments: [
        "", "Host: \r\n", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: a@b\r\n", "Host: a:b\r\n",
        "Host: a:1:2\r\n", "Host: :80\r\n", "Host: [::1\r\n", "Host: [1]\r\n", "Host: a:123456\r\n", "Host: a%2\r\n",
        "Host: a,b c\r\n", "Host: ]\r\n", "Host: é\r\n",
    ])
    func rfc9112Section3_2HostIsOneValidHost(_ fields: String) {
        expectRefused(WireCase(fields, raw: "GET / HTTP/1.1\r\n\(fields)\r\n"), 400)
    }

    @Test(arguments: ["a", "A.b-c_d:80", "127.0.0.1:0", "[::1]", "[::ffff:1.2.3.4]:65535", "a:", "x%41", "a.example."])
    func rfc9110Section7_2ValidHostsAreTaken(_ host: String) {
        expectRead(WireCase(host, raw: "GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n"))
    }

    @Test func rfc9112Section3_2Http10NeedsNoHost() {
        expectRead(WireCase("without", raw: "GET / HTTP/1.0\r\n\r\n"))
    }

    private func head(_ text: String) throws -> RequestHead {
        var parser = RequestParser()
        var offset = 0
        let bytes = Array(text.utf8)
        guard case .head(let head, _) = try parser.next(bytes.span, &offset) else { throw WireError(400, "incomplete") }
        #expect(offset == bytes.count)
        return head
    }
}
