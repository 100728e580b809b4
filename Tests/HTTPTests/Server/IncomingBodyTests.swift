import HTTP
import Reactor
import Support
import Synchronization
import Testing

/// Bodies that a handler gets while they come.
@Suite(.timeLimit(.minutes(1))) struct IncomingBodyTests {
    /// Answers how many bytes came in the end, what they add up to, and why there are no more.
    private static func sink(
        _ path: String = "/in", bytesMax: Int? = nil, cancels: Bool = true, pause: Gate? = nil, began: Gate? = nil
    ) -> Route {
        var options = RouteOptions(bodyBytesMax: bytesMax, departedClientCancels: cancels)
        options.streamsBodies = true
        return Route(
            .post, path, options: options,
            handler: .asynchronous { request in
                guard let body = request.stream else { return .text("no body") }
                began?.open()
                await pause?.pass()
                var (count, sum) = (0, 0)
                while true {
                    await body.arrival()
                    let bytes = body.take()
                    if bytes.isEmpty { break }
                    count += bytes.count
                    sum = bytes.reduce(sum) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
                    body.release(bytes.count)
                }
                if let failure = body.failure { return .text(failure.detail, status: failure.status) }
                return .text("\(count) bytes, \(sum) [\(request.body.count)]")
            })
    }

    private static func sum(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF } }

    private static func chunked(_ bytes: [UInt8], by size: Int) -> [UInt8] {
        var wire: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size)
            wire += "\(String(piece.count, radix: 16))\r\n".utf8
            wire += piece
            wire += "\r\n".utf8
            rest = rest.dropFirst(size)
        }
        return wire + "0\r\n\r\n".utf8
    }

    private static let data = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

    @Test(arguments: [0, 1, 65_536, 3_000_000])
    func aBodyComesWholeInEitherFraming(count: Int) async throws {
        let bytes = Array(Self.data[..<count])
        try await withServer([Self.sink()] + echoRoutes) { server in
            let client = try server.connect()
            // RFC 9112 §9.3: the connection goes on behind each.
            try client.send(
                Array("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: \(count)\r\n\r\n".utf8) + bytes)
            let wanted = count == 0 ? "no body" : "\(count) bytes, \(Self.sum(bytes)) [0]"
            #expect(try client.receive(until: wanted).hasPrefix("HTTP/1.1 200 "))
            try client.send(
                Array("POST /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
                    + Self.chunked(bytes, by: 10_007)
                    + Array("GET /echo/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
            let rest = try client.text()
            #expect(rest.contains("\(count) bytes, \(Self.sum(bytes)) [0]"))
            #expect(rest.hasSuffix("GET /echo/next []"))
        }
    }

    @Test func aBodyIsTheSameWhereverItsBytesAreCut() async throws {
        let bytes = Array(Self.data[..<40])
        let wire =
            Array("POST /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
            + Self.chunked(bytes, by: 7)
        try await withServer([Self.sink()]) { server in
            let client = try server.connect()
            for cut in 0...wire.count {
                try client.send(Array(wire[..<cut]))
                try client.send(Array(wire[cut...]))
                #expect(try client.receive(until: "[0]").hasSuffix("40 bytes, \(Self.sum(bytes)) [0]"))
            }
        }
    }

    /// What nobody takes is not read: the client is held back by its own kernel, and no deadline is its fault.
    @Test func aHandlerThatTakesNothingHoldsTheClientBack() async throws {
        let (pause, began) = (Gate(), Gate())
        let isSent = Mutex(false)
        let bytes = (0..<12).flatMap { _ in Self.data }
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(200)
        try await withServer([Self.sink(bytesMax: 100 << 20, pause: pause, began: began)], limits: limits) { server in
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: \(bytes.count)\r\n\r\n")
            let sender = try EventLoop(name: "sender")
            sender.start()
            defer {
                sender.stop()
                sender.join()
            }
            sender.execute {
                try? client.send(bytes)
                isSent.withLock { $0 = true }
            }
            await began.pass()
            try await server.loops[0].sleep(for: .milliseconds(400))
            #expect(server.server.counters.bytesIn < 1 << 20)
            #expect(!isSent.withLock { $0 })
            #expect(server.server.counters.reached(.bodyTimeout) == 0)
            pause.open()
            #expect(try client.receive(until: "[0]").hasSuffix("\(bytes.count) bytes, \(Self.sum(bytes)) [0]"))
        }
    }

    @Test(arguments: [
        ("Content-Length: 100\r\n", "abc", 408, "in time"),
        ("Transfer-Encoding: chunked\r\n", "3\r\nabcX", 400, "chunk"),
        ("Transfer-Encoding: chunked\r\n", "5000\r\n" + String(repeating: "a", count: 20_480), 413, "16384"),
    ])
    func aBodyThatFailsIsTheHandlersToAnswer(
        field: String, body: String, status: Int, detail: String
    ) async throws {
        var limits = ServerLimits()
        limits.bodyTimeout = .milliseconds(150)
        try await withServer([Self.sink(bytesMax: 16_384)], limits: limits) { server in
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\n\(field)\r\n\(body)")
            let answer = try client.text()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains(detail))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test func aBodyThatIsTooLongByItsOwnWordNeverBegins() async throws {
        let began = Gate()
        try await withServer([Self.sink(bytesMax: 10, began: began)]) { server in
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890")
            #expect(try client.receive(until: "413").hasPrefix("HTTP/1.1 413 "))
        }
    }

    /// Where that counts as leaving, nobody is there to be told.
    @Test(arguments: [true, false])
    func aClientThatShutsItsSideEarlyIsToldSoOrHasLeft(cancels: Bool) async throws {
        try await withServer([Self.sink(cancels: cancels)]) { server in
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            client.finishSending()
            let answer = try client.text()
            #expect(answer.hasPrefix("HTTP/1.1 400 ") != cancels)
            #expect(answer.contains("ends before its time") != cancels)
            #expect(server.server.counters.clientsGone == (cancels ? 1 : 0))
        }
    }

    @Test func aClientThatBreaksAwayWakesWhoWaitsForItsBody() async throws {
        let failure = Mutex<WireError?>(nil)
        let (began, ended) = (Gate(), Gate())
        var options = RouteOptions(departedClientCancels: true)
        options.streamsBodies = true
        let route = Route(
            .post, "/in", options: options,
            handler: .asynchronous { request in
                guard let body = request.stream else { return .text("none") }
                await body.arrival()
                _ = body.take()
                began.open()
                await body.arrival()
                failure.withLock { $0 = body.failure }
                ended.open()
                return .text("nobody reads this")
            })
        try await withServer([route]) { server in
            do {
                let client = try server.connect()
                client.resetOnClose()
                try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
                await began.pass()
            }
            await ended.pass()
            #expect(failure.withLock { $0?.status } == 499)
        }
    }

    /// RFC 9112 §9.3: what is left of a short body is read and dropped, with a long one the connection ends.
    @Test(arguments: [(100, true), (1_000_000, false)])
    func anAnswerBeforeTheBodyWasReadLeavesTheConnectionUsableOrEndsIt(length: Int, goesOn: Bool) async throws {
        var options = RouteOptions()
        options.streamsBodies = true
        let early = Route(.post, "/early", options: options, handler: .responding { $1.send(.text("early")) })
        try await withServer([early] + echoRoutes) { server in
            let client = try server.connect()
            try client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: \(length)\r\n\r\n")
            let answer = try client.receive(until: "early")
            #expect(answer.contains("Connection: close") != goesOn)
            guard goesOn else { return }
            try client.send(String(repeating: "a", count: length))
            try client.send("GET /echo/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(try client.text().hasSuffix("GET /echo/next []"))
        }
    }

    private struct Weakly: Sendable {
        weak var body: RequestBody?
    }

    /// Who waits holds the body, and the body who waits: nobody else would ever let go of them.
    @Test func anAnswerBeforeTheBodyHasComeLetsGoOfWhoWaitsForIt() async throws {
        let kept = Mutex(Weakly())
        var options = RouteOptions()
        options.streamsBodies = true
        let early = Route(
            .post, "/early", options: options,
            handler: .responding { request, responder in
                if let body = request.stream {
                    kept.withLock { $0.body = body }
                    body.onArrival { _ = body.bytesWaiting }
                }
                responder.send(.text("early", status: 400))
            })
        try await withServer([early]) { server in
            let client = try server.connect()
            try client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            #expect(try client.text().hasPrefix("HTTP/1.1 400 "))
            let turn = Gate()
            server.loops[0].execute { turn.open() }
            await turn.pass()
            #expect(kept.withLock { $0.body == nil })
        }
    }

    /// The end of what it sends cannot be read while nothing is.
    @Test func aClientThatLeavesWhileItIsHeldBackEndsItsRequest() async throws {
        let (pause, began) = (Gate(), Gate())
        try await withServer([Self.sink(pause: pause, began: began)]) { server in
            defer { pause.open() }
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            await began.pass()
            client.finishSending()
            #expect(try client.text().isEmpty)
            #expect(server.server.counters.clientsGone == 1)
        }
    }

    /// RFC 9110 §10.1.1: nobody is told to send a body that nobody wants yet.
    @Test func goOnIsSaidWhenTheBodyIsWanted() async throws {
        let (pause, began) = (Gate(), Gate())
        try await withServer([Self.sink(pause: pause, began: began)]) { server in
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            await began.pass()
            pause.open()
            #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try client.send("abc")
            #expect(try client.receive(until: "[0]").hasPrefix("HTTP/1.1 200 "))
        }
        var options = RouteOptions()
        options.streamsBodies = true
        let refusing = Route(
            .post, "/in", options: options, handler: .responding { $1.send(.text("no", status: 401)) })
        try await withServer([refusing]) { server in
            let client = try server.connect()
            try client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            let answer = try client.text()
            #expect(answer.hasPrefix("HTTP/1.1 401 ") && answer.contains("Connection: close"))
        }
    }

    @Test func aCompressedBodyComesExpanded() async throws {
        let bytes = Packing.bytes(3_000_000, run: 4)
        let packed = try Packing.gzip(bytes)
        try await withServer([Self.sink()]) { server in
            let client = try server.connect()
            try client.send(
                Packing.request("/in", fields: "Content-Encoding: gzip\r\n", body: packed, close: false))
            #expect(try client.receive(until: "[0]").hasSuffix("\(bytes.count) bytes, \(Self.sum(bytes)) [0]"))
            let half = Array(packed[..<(packed.count / 2)])
            try client.send(
                Packing.request("/in", fields: "Content-Encoding: gzip\r\n", body: half, close: false))
            #expect(try client.text().hasPrefix("HTTP/1.1 400 "))
        }
    }

    /// The room for all bodies is given back as soon as pieces are released, not when the request ends.
    @Test func whatIsReleasedMakesRoomForMore() async throws {
        var limits = ServerLimits()
        limits.bodyBytesTotalMax = 1 << 20
        let bytes = Self.data
        try await withServer([Self.sink()], limits: limits) { server in
            let client = try server.connect()
            try client.send(
                Array("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: \(bytes.count)\r\n\r\n".utf8) + bytes)
            #expect(try client.receive(until: "[0]").hasPrefix("HTTP/1.1 200 "))
        }
    }
}
