import HTTP
import Reactor
import Support
import Synchronization
import Testing

/// Answers that are written while they are made.
@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    private func stream(_ body: @escaping @Sendable (BodyWriter) async throws -> Void) -> Handler {
        .asynchronous { _ in
            Response(status: 200, headers: ["Content-Type": "text/event-stream"], body: .stream(body))
        }
    }

    /// RFC 9112 §7.1; §6.1: no Content-Length beside it.
    @Test func streamIsChunkedAndTheConnectionGoesOn() async throws {
        let route = Route(
            .get, "/",
            handler: stream { writer in
                try await writer.write(Array("hello".utf8))
                try await writer.loop.sleep(for: .milliseconds(2))
                try await writer.write([])
                try await writer.write([UInt8](repeating: 120, count: 26))
            })
        try await withServer([route] + echoRoutes) { server in
            let answers = try server.exchange(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /echo/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answers.contains("\r\nTransfer-Encoding: chunked\r\n"))
            #expect(
                answers.contains(
                    "\r\n\r\n5\r\nhello\r\n1a\r\n\(String(repeating: "x", count: 26))\r\n0\r\n\r\nHTTP/1.1 200"))
            #expect(answers.prefix(400).contains("Content-Length") == false || answers.hasSuffix("GET /echo/next []"))
        }
    }

    /// RFC 9112 §6.1 and §6.3: HTTP/1.0 knows no chunks.
    @Test func streamToHTTP10EndsWithItsConnection() async throws {
        let route = Route(.get, "/", handler: stream { try await $0.write(Array("hello".utf8)) })
        try await withServer([route]) { server in
            let answer = try server.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\nhello") && !answer.contains("chunked"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    /// RFC 9110 §9.3.2.
    @Test func headOfAStreamRunsNoBody() async throws {
        let route = Route(.get, "/", handler: stream { _ in Issue.record("the body ran") })
        try await withServer([route]) { server in
            let answer = try server.exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func immediateHandlerMayStream() async throws {
        let body = Response.Body.stream { try await $0.write(Array("x".utf8)) }
        let route = Route(.get, "/", handler: .immediate { _ in Response(status: 200, body: body) })
        try await withServer([route]) { server in
            let answer = try server.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(answer.hasSuffix("\r\n\r\n1\r\nx\r\n0\r\n\r\n"))
        }
    }

    /// RFC 9112 §8: the client sees that it is not whole.
    @Test func streamThatFailsEndsWithoutItsLastChunk() async throws {
        struct Broken: Error {}
        let route = Route(
            .get, "/",
            handler: stream { writer in
                try await writer.write(Array("half".utf8))
                throw Broken()
            })
        try await withServer([route]) { server in
            let answer = try server.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.hasSuffix("4\r\nhalf\r\n"))
        }
    }

    @Test func slowReaderHoldsItsWriterBackAndGetsEverything() async throws {
        var limits = ServerLimits()
        limits.writeBufferBytesMax = 64 * 1024
        let piece = [UInt8](repeating: 120, count: 32 * 1024)
        let pieces = 500
        let written = Mutex(0)
        let started = Gate()
        let route = Route(
            .get, "/",
            handler: .asynchronous { _ in
                Response(
                    status: 200,
                    body: .stream { writer in
                        for number in 0..<pieces {
                            try await writer.write(piece)
                            written.withLock { $0 += 1 }
                            if number == 0 { started.open() }
                        }
                    })
            })
        try await withServer([route], limits: limits) { server in
            let client = try server.connect()
            client.shrinkReceiveBuffer(to: 64 * 1024)
            try client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            await started.pass()
            // The writer goes on until its bounds are full: until two looks at a turned loop show the same.
            var seen = -1
            while seen != written.withLock({ $0 }) {
                seen = written.withLock { $0 }
                try await server.loops[0].sleep(for: .milliseconds(50))
            }
            #expect(seen < pieces / 2, "the writer ran ahead by \(seen) pieces")
            let answer = try client.receiveAll()
            #expect(answer.filter { $0 == 120 }.count == pieces * piece.count)
            #expect(answer.suffix(5).elementsEqual("0\r\n\r\n".utf8))
        }
    }

    /// RFC 9112 §9.5: the buffer of an event stream is bounded, and so is the patience.
    @Test func readerThatStopsIsDroppedAndItsWriterTold() async throws {
        var limits = ServerLimits()
        limits.writeBufferBytesMax = 64 * 1024
        limits.writeTimeout = .milliseconds(100)
        // What the kernel takes into its buffers meanwhile buys no time.
        limits.answerBytesPerSecondMin = .max
        let gone = Gate()
        let route = Route(
            .get, "/",
            handler: stream { writer in
                do {
                    while true { try await writer.write([UInt8](repeating: 120, count: 32 * 1024)) }
                } catch {
                    #expect(error is ClientGone)
                    gone.open()
                    throw error
                }
            })
        try await withServer([route], limits: limits) { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await gone.pass()
            #expect(server.server.counters.reached(.writeTimeout) == 1)
            #expect(server.server.counters.connectionsOpen == 0)
        }
    }

    @Test func writerOnAnotherThreadKeepsItsOrder() async throws {
        let route = Route(
            .get, "/",
            handler: stream { writer in
                await Task.detached {
                    for number in 0..<50 { try? await writer.write(Array("\(number),".utf8)) }
                }.value
            })
        try await withServer([route]) { server in
            let answer = try server.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let numbers = answer.matches(of: /(\d+),/).map { Int($0.1) }
            #expect(numbers == Array(0..<50))
        }
    }

    /// RFC 9112 §9.6: there it may be an end, and is taken for one.
    @Test(arguments: [true, false])
    func clientThatLeavesCancelsTheHandlerOfARouteThatSaysSo(resets: Bool) async throws {
        let (started, cancelled) = (Gate(), Gate())
        let route = Route(
            .get, "/", options: RouteOptions(departedClientCancels: true),
            handler: .asynchronous { request in
                started.open()
                do { try await request.loop.sleep(for: .seconds(3600)) } catch { cancelled.open() }
                return .text("nobody reads this")
            })
        try await withServer([route]) { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.pass()
            if resets { client.resetOnClose() } else { client.finishSending() }
            _ = consume client
            await cancelled.pass()
            #expect(server.server.counters.clientsGone == 1)
        }
    }

    @Test func clientThatLeavesAStreamCancelsItsTask() async throws {
        let (started, cancelled) = (Gate(), Gate())
        let route = Route(
            .get, "/",
            handler: stream { writer in
                try await writer.write(Array("x".utf8))
                started.open()
                do {
                    while true {
                        try await writer.loop.sleep(for: .milliseconds(1))
                        try await writer.write(Array("x".utf8))
                    }
                } catch {
                    cancelled.open()
                    throw error
                }
            })
        try await withServer([route]) { server in
            do {
                let client = try server.connect()
                try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                await started.pass()
                client.resetOnClose()
            }
            await cancelled.pass()
        }
    }
}
