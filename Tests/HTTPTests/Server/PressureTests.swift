import Glibc
import HTTP
import Reactor
import Support
import Testing

/// What clients that want too much, or take too little, get.
@Suite(.timeLimit(.minutes(1)))
struct PressureTests {
    /// RFC 9112 §9.3.2.
    @Test func longPipelineIsAnsweredInOrderAlthoughOthersGetTheirTurn() async throws {
        try await withServer(echoRoutes) { server in
            let client = try server.connect()
            let count = 3_000
            let requests = (0..<count).map { "GET /echo/\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            let sending = try EventLoop(name: "sender")
            sending.start()
            // From another thread: both directions fill up.
            sending.execute {
                try? client.send(requests + "GET /echo/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            let text = try client.text()
            sending.stop()
            sending.join()
            let answers = text.split(separator: "\r\n").compactMap {
                $0.split(separator: "GET /echo/").last?.prefix { $0 != " " }
            }
            .compactMap { Int($0) }
            #expect(answers == Array(0..<count) && text.hasSuffix("GET /echo/last []"))
        }
    }

    @Test func clientThatPipelinesAndNeverReadsIsHeldBackAndDropped() async throws {
        var limits = ServerLimits()
        limits.writeBufferBytesMax = 32 * 1_024
        limits.writeTimeout = .milliseconds(300)
        // What the kernel takes into its buffers meanwhile buys no time.
        limits.answerBytesPerSecondMin = .max
        let big = [UInt8](repeating: 0x61, count: 16 * 1_024)
        let route = Route(.get, "/", handler: .immediate { _ in .text(big) })
        try await withServer([route], limits: limits) { server in
            let client = try server.connect()
            client.shrinkReceiveBuffer(to: 4_096)
            let requests = Array(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 40_000).utf8)
            // Its own sending stalls, since nothing is read from it any more, until it is dropped: what the kernel
            // holds for both sides is less than fifty times this.
            #expect(throws: RawClientError.self) { for _ in 0..<50 { try client.send(requests) } }
            #expect(server.server.counters.reached(.writeTimeout) == 1)
            // What was answered is what the kernel's buffers hold and little more: far from all.
            #expect(server.server.counters.requests < 5_000)
        }
    }

    @Test func clientThatHasNotTakenAnAnswerGetsNoFurtherOneUntilItHas() async throws {
        // More than the kernel takes for both sides of a client that does not read.
        let big = [UInt8](repeating: 0x7e, count: 1_024 * 1_024)
        let route = Route(.get, "/{name}", handler: .immediate { .text(big + Array("[\($0.head.target)]".utf8)) })
        try await withServer([route]) { server in
            let client = try server.connect()
            let requests = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
            try client.send(requests + "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while server.server.counters.reached(.writeBuffer) == 0 { sched_yield() }
            #expect(server.server.counters.requests == 1)
            var count = 0
            var rest: [UInt8] = []
            while case let piece = try client.receive(), !piece.isEmpty {
                count += piece.count
                rest += piece.filter { $0 != 0x7e }
            }
            let text = String(decoding: rest, as: UTF8.self)
            let answered = text.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(4) }
            #expect(answered == ["[/1]", "[/2]", "[/3]"] && count == 3 * big.count + rest.count)
        }
    }

    @Test func bodiesBeyondTheServersRoomAreRefusedAndTheRoomComesBack() async throws {
        var limits = ServerLimits()
        limits.bodyBytesMax = 100_000
        limits.bodyBytesTotalMax = 100_000
        try await withServer(echoRoutes, limits: limits) { server in
            let body = String(repeating: "x", count: 70_000)
            let head = "POST /echo/a HTTP/1.1\r\nHost: a\r\nContent-Length: 70001\r\n\r\n"
            let first = try server.connect()
            try first.send(head + body)
            // Its bytes are read before the second's: both were sent on one loop, one after the other.
            while server.server.counters.bytesIn < body.utf8.count { sched_yield() }
            let second = try server.connect()
            try second.send(head + body)
            let refusal = try second.receive(until: "\r\n\r\n")
            #expect(refusal.hasPrefix("HTTP/1.1 503 ") && refusal.contains("\r\nRetry-After: 1\r\n"))
            try first.send("y")
            #expect(try first.receive(until: "y]").hasPrefix("HTTP/1.1 200 "))
            let third = try server.connect()
            try third.send(head + body + "y")
            #expect(try third.receive(until: "y]").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func placeThatComesFreeOnOneLoopIsTakenOnAnother() async throws {
        var limits = ServerLimits()
        limits.connectionsMax = 3
        try await withServer(echoRoutes, limits: limits, loops: 3) { server in
            // More clients than places, on whichever loops the kernel puts them; each leaves after its answer.
            for _ in 0..<5 {
                let clients = try (0..<12).map { _ in try server.connect() }
                for client in clients {
                    try client.send("GET /echo/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    client.finishSending()
                }
                for client in clients { #expect(try client.text().hasSuffix("[]")) }
            }
            #expect(server.server.counters.connectionsAccepted == 60)
        }
    }

    /// RFC 9110 §9.3.6, §9.3.7 and §10.2.1; RFC 9112 §3.2.3 and §3.2.4.
    @Test func asteriskAsksAboutTheServerAndConnectEndsTheConnection() async throws {
        try await withServer(echoRoutes) { server in
            let client = try server.connect()
            try client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.receive(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 204 ") && answer.contains("\r\nAllow: GET, POST, HEAD\r\n"))
            #expect(!answer.contains("Content-Length"))
            try client.send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n")
            let refusal = try client.text()
            #expect(refusal.hasPrefix("HTTP/1.1 501 ") && !refusal.contains("GET /echo/a []"))
        }
    }

    /// RFC 9110 §7.8.
    @Test func upgradeIsIgnoredAndItsBodyRead() async throws {
        try await withServer(echoRoutes) { server in
            let answer = try server.exchange(
                "POST /echo/a HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n"
                    + "Content-Length: 4\r\n\r\nbody")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("POST /echo/a [body]"))
        }
    }

    @Test func connectionThatWasStillSendingAtTheDrainIsLetGoWhenItIsDone() async throws {
        let big = [UInt8](repeating: 0x61, count: 32 * 1_024 * 1_024)
        try await withServer([Route(.get, "/", handler: .immediate { _ in .text(big) })]) { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.receive(1)
            // At once, up to where it waits: this thread reads below.
            let draining = Task.immediate { await server.server.drained(within: .seconds(30)) }
            var received = 1
            while case let piece = try client.receive(), !piece.isEmpty { received += piece.count }
            #expect(received > big.count)
            #expect(await draining.value)
        }
    }

    @Test func requestAfterARefusalIsTimedFromItsOwnFirstByte() async throws {
        let route = Route(.get, "/", handler: .immediate { .text("\($0.receivedAt.nanoseconds)") })
        try await withServer([route]) { server in
            let client = try server.connect()
            try client.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receive(until: "nothing\n").hasPrefix("HTTP/1.1 404 "))
            let between = MonotonicInstant.now()
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let received = try client.text().split(separator: "\r\n\r\n").last.flatMap { UInt64($0) }
            #expect(try #require(received) >= between.nanoseconds)
        }
    }
}
