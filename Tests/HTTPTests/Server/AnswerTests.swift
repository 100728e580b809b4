import HTTP
import Reactor
import Support
import Synchronization
import Testing

/// What an answer on the wire looks like.
@Suite(.timeLimit(.minutes(1)))
struct AnswerTests {
    /// RFC 9110 §6.6.1 and §5.6.7; RFC 9112 §6.2 and §9.6.
    @Test func answerCarriesItsFramingDateAndTheCallersRequestID() async throws {
        try await withServer(echoRoutes) { server in
            let answer = try server.exchange(
                "GET /echo/a?b=c HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine-1\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("\r\nContent-Length: 18\r\n"))
            #expect(answer.contains("\r\nX-Request-Id: mine-1\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.hasSuffix("\r\n\r\nGET /echo/a?b=c []"))
            let date = try #require(
                answer.firstMatch(of: /\r\nDate: (...), (\d\d) (...) (\d{4}) (\d\d):(\d\d):(\d\d) GMT\r\n/))
            #expect(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(String(date.1)))
        }
    }

    @Test(arguments: ["", "a b", "x\u{7}", "<script>", String(repeating: "a", count: 129)])
    func insaneRequestIDIsReplaced(id: String) async throws {
        try await withServer(echoRoutes) { server in
            let answer = try server.exchange(
                "GET /echo/a HTTP/1.1\r\nHost: x\r\nX-Request-Id: \(id)\r\nConnection: close\r\n\r\n")
            if id.contains("\u{7}") {
                #expect(answer.hasPrefix("HTTP/1.1 400 "))
            } else {
                #expect(answer.firstMatch(of: /\r\nX-Request-Id: [0-7][0-9A-HJKMNP-TV-Z]{25}\r\n/) != nil)
            }
        }
    }

    /// RFC 9110 §9.3.2.
    @Test func headAnswersLikeGetWithoutItsBody() async throws {
        try await withServer(echoRoutes) { server in
            let answer = try server.exchange("HEAD /echo/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.contains("\r\nContent-Length: 15\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    /// RFC 9110 §8.6, §15.3.5 and §15.4.5; RFC 9112 §6.3.
    @Test func noContentAndNotModifiedHaveNoBody() async throws {
        let routes = [
            Route(.get, "/204", handler: .immediate { _ in Response(status: 204, body: .bytes([1])) }),
            Route(.get, "/304", handler: .immediate { _ in Response(status: 304, body: .bytes([1])) }),
        ]
        try await withServer(routes) { server in
            let client = try server.connect()
            try client.send(
                "GET /204 HTTP/1.1\r\nHost: x\r\n\r\nGET /304 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answers = try client.text()
            let parts = answers.split(separator: "\r\n\r\n", omittingEmptySubsequences: false)
            #expect(parts.count == 3 && parts[2].isEmpty)
            #expect(parts[0].hasPrefix("HTTP/1.1 204 ") && !parts[0].contains("Content-Length"))
            #expect(parts[1].hasPrefix("HTTP/1.1 304 "))
        }
    }

    /// RFC 9112 §9.3.
    @Test func http10ClosesUnlessItAsksToStay() async throws {
        try await withServer(echoRoutes) { server in
            let closed = try server.exchange("GET /echo/a HTTP/1.0\r\n\r\n")
            #expect(closed.contains("\r\nConnection: close\r\n"))
            let client = try server.connect()
            try client.send("GET /echo/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /echo/b HTTP/1.0\r\n\r\n")
            let both = try client.text()
            #expect(both.contains("Connection: keep-alive") && both.contains("GET /echo/a []"))
            #expect(both.hasSuffix("GET /echo/b []"))
        }
    }

    /// RFC 9110 §5.5; RFC 9112 §11.1.
    @Test func headerThatABadValueWouldSplitIsNotSent() async throws {
        let route = Route(
            .get, "/",
            handler: .immediate { _ in
                var response = Response.text("x")
                let taken = [
                    response.headers.add("X-Forged", "a\r\nSet-Cookie: b"), response.headers.add("X-Nul", "a\0b"),
                    response.headers.add("X Name", "a"), response.headers.set("X-Good", "a\tb"),
                ]
                return taken == [false, false, false, true] ? response : Response(status: 500)
            })
        try await withServer([route]) { server in
            let answer = try server.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("\r\nX-Good: a\tb\r\n"))
            #expect(!answer.contains("Cookie") && !answer.contains("Forged") && !answer.contains("Nul"))
        }
    }

    /// RFC 9112 §6.1 and §6.2.
    @Test func handlersOwnFramingFieldsDoNotReachTheWire() async throws {
        let route = Route(
            .get, "/",
            handler: .immediate { _ in
                Response(
                    status: 200, headers: ["Content-Length": "99", "Transfer-Encoding": "gzip"], body: .bytes([65]))
            })
        try await withServer([route]) { server in
            let answer = try server.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.contains("Content-Length: 1\r\n") && !answer.contains(": 99") && !answer.contains("gzip"))
        }
    }

    @Test func observerIsToldTheTemplateNotThePath() async throws {
        let observer = NotingObserver()
        try await withServer(echoRoutes, observer: observer) { server in
            _ = try server.exchange(
                "GET /echo/secret HTTP/1.1\r\nHost: x\r\nX-Request-Id: r1\r\nConnection: close\r\n\r\n")
            _ = try server.exchange("GET /none HTTP/1.1\r\nHost: x\r\nX-Request-Id: r2\r\nConnection: close\r\n\r\n")
            #expect(observer.lines == ["/echo/{name} GET 200 r1 127.0.0.1", " GET 404 r2 127.0.0.1"])
            #expect(server.server.counters.answers == [0, 0, 1, 0, 1, 0])
        }
    }

    @Test func largeAnswerArrivesWhole() async throws {
        let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try await withServer([
            Route(.get, "/", handler: .asynchronous { _ in Response(status: 200, body: .bytes(body)) })
        ]) {
            let client = try $0.connect()
            try client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answer = try client.receiveAll()
            #expect(answer.suffix(body.count).elementsEqual(body))
        }
    }

    private final class NotingObserver: ServerObserver {
        private let noted = Mutex<[String]>([])
        var lines: [String] { noted.withLock { $0 } }

        func completed(
            route: String, method: HTTP.Method, status: Int, duration: Duration, bytesOut: Int, requestID: String,
            client: String
        ) {
            noted.withLock { $0.append("\(route) \(method.rawValue) \(status) \(requestID) \(client)") }
        }
    }
}
