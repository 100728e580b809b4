import Glibc
import HTTP
import Reactor
import Support
import Testing

/// Every limit that a client can reach: the status that says so, and the count of it.
@Suite(.timeLimit(.minutes(1)))
struct LimitTests {
    @Test(arguments: [
        (ReachedLimit.requestLine, 414, "GET /echo/\(String(repeating: "a", count: 400)) HTTP/1.1\r\nHost: a\r\n\r\n"),
        (.header, 431, "GET /echo/a HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 2_000))\r\n\r\n"),
        (.header, 431, "GET /echo/a HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: a\r\n", count: 9))\r\n"),
        (.body, 413, "POST /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\n123456789"),
        (
            .body, 413,
            "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\n\r\n"
        ),
    ])
    func requestBeyondALimitGetsItsStatusAndIsCounted(limit: ReachedLimit, status: Int, request: String) async throws {
        var limits = ServerLimits()
        limits.requestLineBytesMax = 300
        limits.headerBytesMax = 1_024
        limits.headerCountMax = 8
        try await withServer(echoRoutes, limits: limits) { server in
            let answer = try server.exchange(request)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            let reached = ReachedLimit.allCases.filter { server.server.counters.reached($0) > 0 }
            #expect(reached == [limit] && server.server.counters.reached(limit) == 1)
        }
    }

    @Test func everyLimitHasACountAndANameOfItsOwn() {
        let names = Set(ReachedLimit.allCases.map(\.name))
        #expect(names.count == ReachedLimit.allCases.count)
        let counters = ServerCounters()
        #expect(ReachedLimit.allCases.allSatisfy { counters.reached($0) == 0 })
    }

    @Test func placeOfAnAddressComesBackWhenItsConnectionLeaves() async throws {
        var limits = ServerLimits()
        limits.connectionsPerAddressMax = 1
        try await withServer(echoRoutes, limits: limits, loops: 2) { server in
            for _ in 0..<10 {
                let answer = try server.exchange("GET /echo/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(answer.hasSuffix("[]"))
                // The client sees the end before the loop has counted it.
                while server.server.counters.connectionsOpen > 0 { sched_yield() }
            }
            #expect(server.server.counters.reached(.connectionsPerAddress) == 0)
        }
    }

    @Test func clientsOfAUnixSocketHaveNoAddressAndNoShare() async throws {
        var limits = ServerLimits()
        limits.connectionsPerAddressMax = 1
        let directory = try TemporaryDirectory()
        let path = directory.file("http.sock")
        try await withServer(echoRoutes, limits: limits, listen: [.unix(path: path)]) { _ in
            let clients = try (0..<3).map { _ in try RawClient(path: path) }
            for client in clients {
                try client.send("GET /echo/a HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try client.receive(until: "[]").hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test func longPipelineGivesUpItsTurnAndThatIsCounted() async throws {
        var limits = ServerLimits()
        limits.pipelineDepthMax = 2
        try await withServer(echoRoutes, limits: limits) { server in
            let requests = String(repeating: "GET /echo/a HTTP/1.1\r\nHost: a\r\n\r\n", count: 12)
            let client = try server.connect()
            try client.send(requests + "GET /echo/last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try client.text().hasSuffix("GET /echo/last []"))
            #expect(server.server.counters.reached(.pipelineDepth) >= 1)
        }
    }

    @Test func writerThatIsHeldBackByASlowReaderIsCounted() async throws {
        var limits = ServerLimits()
        limits.writeBufferBytesMax = 16 * 1_024
        let held = Gate()
        let route = Route(
            .get, "/",
            handler: .asynchronous { _ in
                Response(
                    status: 200,
                    body: .stream { writer in
                        for _ in 0..<1_024 { try await writer.write([UInt8](repeating: 120, count: 16 * 1_024)) }
                        held.open()
                    })
            })
        try await withServer([route], limits: limits) { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            while server.server.counters.reached(.writeBuffer) == 0 { sched_yield() }
            #expect(try client.receiveAll().count > 1_024 * 16 * 1_024)
            await held.pass()
            #expect(server.server.counters.reached(.writeTimeout) == 0)
        }
    }

    /// RFC 9112 §9.6.
    @Test func clientThatSendsOnAfterItsLastAnswerIsBorneWithUpToALimit() async throws {
        var limits = ServerLimits()
        limits.lingerBytesMax = 100_000
        try await withServer(echoRoutes, limits: limits) { server in
            let client = try server.connect()
            try client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
            #expect(try client.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
            let piece = [UInt8](repeating: 120, count: 64 * 1_024)
            // Bounded by what the kernel takes for a reader that is gone.
            #expect(throws: RawClientError.self) { while true { try client.send(piece) } }
            #expect(server.server.counters.reached(.linger) == 1)
        }
    }
}
