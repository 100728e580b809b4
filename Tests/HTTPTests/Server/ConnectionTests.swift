import HTTP
import Reactor
import Support
import Testing

/// A connection over time: order, deadlines, halves, and its end.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    private let wait = Route(
        .get, "/wait",
        handler: .asynchronous { request in
            try? await request.loop.sleep(for: .milliseconds(20))
            return .text("waited")
        })

    /// RFC 9112 §9.3.2.
    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer(echoRoutes + [wait]) { server in
            let client = try server.connect()
            try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            for number in 0..<300 {
                try client.send("POST /echo/\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
            }
            try client.send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answers = try client.text().matches(of: /waited|POST \/echo\/(\d+) \[hi\]/).map { String($0.0) }
            #expect(answers == ["waited"] + (0..<300).map { "POST /echo/\($0) [hi]" } + ["waited"])
        }
    }

    /// RFC 9112 §9.6: `close` makes this request the last one.
    @Test func requestAfterConnectionCloseIsNotServed() async throws {
        try await withServer(echoRoutes) { server in
            let answer = try server.exchange(
                "GET /echo/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /echo/2 HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.contains("/echo/1") && !answer.contains("/echo/2"))
        }
    }

    /// RFC 9112 §2.2 and §7.1: nothing depends on how the bytes are cut.
    @Test func requestInSingleBytesIsServed() async throws {
        try await withServer(echoRoutes) { server in
            let client = try server.connect()
            let request = "POST /echo/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            for byte in (request + "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nT: u\r\n\r\n").utf8 { try client.send([byte]) }
            #expect(try client.text().hasSuffix("POST /echo/a [abcd]"))
        }
    }

    /// RFC 9110 §10.1.1 and §15.2.1; §8.6: the interim answer has no Content-Length.
    @Test func continueIsSaidBeforeTheBodyIsRead() async throws {
        try await withServer(echoRoutes) { server in
            let client = try server.connect()
            try client.send(
                "POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                    + "Expect: 100-continue\r\nConnection: close\r\n\r\n"
            )
            #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try client.send("ok")
            #expect(try client.text().hasSuffix("[ok]"))
        }
    }

    /// RFC 9110 §10.1.1 and §15.5.18.
    @Test func continueIsNotSaidToHTTP10NorBeforeARefusal() async throws {
        try await withServer(echoRoutes) { server in
            let old = try server.exchange(
                "POST /echo/a HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok")
            #expect(old.hasPrefix("HTTP/1.1 200 "))
            for (path, status) in [("/small", "413"), ("/none", "404")] {
                let client = try server.connect()
                try client.send("POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
                #expect(try client.text().hasPrefix("HTTP/1.1 \(status) "))
            }
            let other = try server.exchange(
                "GET /echo/a HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n")
            #expect(other.hasPrefix("HTTP/1.1 417 "))
        }
    }

    /// RFC 9110 §15.5.14.
    @Test func bodyOverTheRoutesLimitIsRefusedBeforeItIsRead() async throws {
        try await withServer(echoRoutes) { server in
            let client = try server.connect()
            try client.send("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
            #expect(try client.receive(until: "\n").hasPrefix("HTTP/1.1 413 "))
            let chunked = try server.exchange(
                "POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n4\r\n")
            #expect(chunked.hasPrefix("HTTP/1.1 413 "))
        }
    }

    /// RFC 9112 §9.6: the sending half is closed first, what comes is drained.
    @Test func earlyAnswerIsReadAlthoughTheClientGoesOnSending() async throws {
        try await withServer(echoRoutes) { server in
            let client = try server.connect()
            try client.send("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
            // Far more than the sockets hold: a reset instead of a drain would break this send or eat the answer.
            try client.send([UInt8](repeating: 120, count: 8_000_000))
            let answer = try client.text()
            #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.contains("\r\nConnection: close\r\n"))
        }
    }

    /// RFC 9112 §9.3: the whole body is read before the next request.
    @Test func shortBodyOfARefusedRequestIsDroppedAndTheConnectionStays() async throws {
        try await withServer(echoRoutes) { server in
            let answers = try server.exchange(
                "POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\nGET /echo/not HTTP/1.1\r\n"
                    + "GET /echo/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answers.hasPrefix("HTTP/1.1 404 ") && answers.hasSuffix("GET /echo/1 []"))
            #expect(!answers.contains("/echo/not"))
        }
    }

    /// RFC 9112 §9.6: an end of what the client sends is no end of what it reads.
    @Test func halfClosedClientStillGetsItsAnswer() async throws {
        try await withServer(echoRoutes + [wait]) { server in
            for path in ["/wait", "/echo/a"] {
                let client = try server.connect()
                try client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\nGET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
                client.finishSending()
                let answers = try client.text()
                #expect(answers.matches(of: /HTTP\/1.1 200 OK/).count == 2, "\(path): \(answers)")
            }
        }
    }

    /// RFC 9112 §8.
    @Test func requestThatIsCutShortIsAnErrorAndNeverDispatched() async throws {
        try await withServer(echoRoutes) { server in
            for cut in ["GET /echo/a HTT", "POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab"] {
                let client = try server.connect()
                try client.send(cut)
                client.finishSending()
                #expect(try client.text().hasPrefix("HTTP/1.1 400 "))
            }
            let silent = try server.connect()
            silent.finishSending()
            #expect(try silent.receiveAll().isEmpty)
        }
    }

    /// RFC 9112 §9.5 and RFC 9110 §15.5.9.
    @Test func slowHeadAndSlowBodyAreCutOffAndAnIdleConnectionIsClosed() async throws {
        var limits = ServerLimits()
        limits.headerTimeout = .milliseconds(60)
        limits.bodyTimeout = .milliseconds(60)
        // Far longer than a busy machine takes between a client's connect and its first byte.
        limits.idleTimeout = .milliseconds(1_500)
        try await withServer(echoRoutes, limits: limits) { server in
            let head = try server.connect()
            try head.send("GET /echo/a HTTP/1.1\r\nHo")
            #expect(try head.text().hasPrefix("HTTP/1.1 408 "))
            let body = try server.connect()
            try body.send("POST /echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            #expect(try body.text().hasPrefix("HTTP/1.1 408 "))
            let idle = try server.connect()
            #expect(try idle.receiveAll().isEmpty)
            let counters = server.server.counters
            #expect(counters.reached(.headerTimeout) == 1 && counters.reached(.bodyTimeout) == 1)
            #expect(counters.reached(.idleTimeout) == 1)
        }
    }

    /// RFC 9110 §9.1, §10.2.1, §15.5.6, §15.5.15, §15.5.16, §15.6.2 and §15.6.6; RFC 6585 §5.
    @Test(arguments: [
        ("GET /echo/a HTTP/2.0\r\n", "505"), ("BREW /echo/a HTTP/1.1\r\n", "501"), ("get /echo/a HTTP/1.1\r\n", "501"),
        ("GET /echo/a HTTP/1.1\r\n\r\n", "400"), ("GET /echo/a HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "400"),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "501"),
        ("TRACE /echo/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "405"),
        ("GET /echo/%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "400"),
        ("GET /echo/a?x=%z HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "400"),
        ("DELETE /echo/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "405"),
        (
            "POST /echo/a HTTP/1.1\r\nHost: a\r\nContent-Length:1\r\nContent-Encoding: br\r\n"
                + "Connection: close\r\n\r\nx",
            "415"
        ),
        ("GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n", "414"),
        ("GET /echo/a HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 40_000))\r\n", "431"),
    ])
    func refusalHasItsStatus(request: String, status: String) async throws {
        try await withServer(echoRoutes) { server in
            let answer = try server.exchange(request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            if status == "405" { #expect(answer.contains("\r\nAllow: GET, ")) }
        }
    }

    /// RFC 9112 §3 and §3.2.2.
    @Test func lineOfEightThousandBytesIsServedAndAnAbsoluteTargetToo() async throws {
        try await withServer(echoRoutes) { server in
            let long = String(repeating: "a", count: 8_000 - "GET /echo/ HTTP/1.1".count)
            let answer = try server.exchange("GET /echo/\(long) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            let absolute = try server.exchange(
                "\r\nGET http://other:80/echo/b?c HTTP/1.1\r\nHost: x\r\n"
                    + "Upgrade: h2c\r\nConnection: close, upgrade\r\n\r\n"
            )
            #expect(absolute.hasPrefix("HTTP/1.1 200 ") && absolute.contains("/echo/b?c"))
        }
    }
}
