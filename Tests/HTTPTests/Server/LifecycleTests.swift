import CLinux
import Glibc
import HTTP
import Reactor
import Support
import Testing

/// Listening, caps, and the way out.
@Suite(.timeLimit(.minutes(1)))
struct LifecycleTests {
    /// RFC 9112 §9.6.
    @Test func drainAnswersWhatRunsAndClosesWhatIdles() async throws {
        let (started, gate) = (Gate(), Gate())
        let route = Route(
            .get, "/wait",
            handler: .asynchronous { _ in
                started.open()
                await gate.pass()
                return .text("finished")
            })
        try await withServer([route] + echoRoutes) { server in
            let idle = try server.connect()
            try idle.send("GET /echo/a HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try idle.receive(until: "GET /echo/a []")
            let busy = try server.connect()
            try busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.pass()

            server.server.beginDrain()
            #expect(server.server.isDraining)
            try idle.send("GET /echo/b HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try idle.text().contains("\r\nConnection: close\r\n"))

            server.server.stopListening()
            gate.open()
            #expect(await server.server.drained(within: .seconds(30)))
            #expect(try busy.text().hasSuffix("finished"))
            #expect(server.server.counters.connectionsOpen == 0)
            #expect(throws: RawClientError.self) { try server.connect() }
        }
    }

    @Test func drainGivesUpAtItsDeadline() async throws {
        let started = Gate()
        let route = Route(
            .get, "/",
            handler: .asynchronous { request in
                started.open()
                try? await request.loop.sleep(for: .seconds(3600))
                return .text("late")
            })
        let options = Route(.get, "/", options: RouteOptions(departedClientCancels: true), handler: route.handler)
        try await withServer([options]) { server in
            let client = try server.connect()
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.pass()
            #expect(await server.server.drained(within: .milliseconds(20)) == false)
            #expect(try client.receiveAll().isEmpty)
        }
    }

    @Test func listenerAtItsCapWaitsAndGoesOnWhenOneLeaves() async throws {
        var limits = ServerLimits()
        limits.connectionsMax = 2
        try await withServer(echoRoutes, limits: limits) { server in
            var clients = try (0..<3).map { _ in try server.connect() }
            for client in clients { try client.send("GET /echo/a HTTP/1.1\r\nHost: x\r\n\r\n") }
            for client in clients[..<2] { _ = try client.receive(until: "[]") }
            #expect(server.server.counters.connectionsOpen == 2)
            #expect(server.server.counters.reached(.connections) == 1)
            clients.removeFirst()
            #expect(try clients[1].receive(until: "[]").contains("200"))
        }
    }

    /// RFC 9112 §9.5: a connection may be closed while it idles.
    @Test func longestIdleConnectionGivesItsPlaceToANewOne() async throws {
        var limits = ServerLimits()
        limits.connectionsMax = 3
        let (started, gate) = (Gate(), Gate())
        let wait = Route(
            .get, "/wait",
            handler: .asynchronous { _ in
                started.open()
                await gate.pass()
                return .text("answered")
            })
        try await withServer(echoRoutes + [wait], limits: limits) { server in
            let get = "GET /echo/a HTTP/1.1\r\nHost: x\r\n\r\n"
            let busy = try server.connect()
            try busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.pass()
            let (first, second, third) = (try server.connect(), try server.connect(), try server.connect())
            for client in [first, second] {
                try client.send(get)
                _ = try client.receive(until: "[]")
            }
            try third.send(get)
            #expect(try third.receive(until: "[]").contains("200"))
            #expect(try first.receiveAll().isEmpty)
            try second.send(get)
            #expect(try second.receive(until: "[]").contains("200"))
            gate.open()
            #expect(try busy.receive(until: "answered").contains("200"))
            let counters = server.server.counters
            #expect(counters.reached(.idleEvicted) == 1 && counters.reached(.connections) <= 1)
        }
    }

    @Test func addressWithItsShareIsRefused() async throws {
        var limits = ServerLimits()
        limits.connectionsPerAddressMax = 1
        try await withServer(echoRoutes, limits: limits) { server in
            let first = try server.connect()
            try first.send("GET /echo/a HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try first.receive(until: "[]")
            let second = try server.connect()
            #expect((try? second.receiveAll()) ?? [] == [])
            #expect(server.server.counters.reached(.connectionsPerAddress) == 1)
        }
    }

    @Test func portThatIsTakenIsAnErrorAlthoughPortsAreShared() async throws {
        try await withServer(echoRoutes, loops: 2) { server in
            await #expect(throws: ServerError.self) {
                try await withServer(echoRoutes, listen: server.addresses) { _ in }
            }
        }
    }

    @Test func everyLoopServesOnAUnixSocketAndAStaleOneIsReplaced() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("http.sock")
        let stale = clinux_listen_unix(path, 0o600, 1)
        #expect(stale >= 0)
        close(stale)
        try await withServer(echoRoutes, listen: [.unix(path: path)], loops: 2) { server in
            for _ in 0..<8 {
                let client = try RawClient(path: path)
                try client.send("GET /echo/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(try client.text().hasSuffix("GET /echo/a []"))
            }
            server.server.stopListening()
        }
        #expect(access(path, F_OK) != 0)
    }

    /// RFC 9293 §3.7.4: Nagle's algorithm must be one that can be turned off.
    @Test func acceptedSocketsHaveNoDelay() throws {
        var port: UInt16 = 0
        let listener = clinux_listen_tcp("127.0.0.1", 0, 1, 0, &port)
        defer { close(listener) }
        let client = clinux_connect_tcp("127.0.0.1", port)
        defer { close(client) }
        var address = [CChar](repeating: 0, count: 64)
        let accepted = clinux_accept(listener, &address)
        defer { close(accepted) }
        #expect(accepted >= 0 && clinux_is_no_delay(accepted) == 1)
        #expect(String(decoding: address.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) == "127.0.0.1")
    }

    @Test func addressesAreReadOrRefusedWithAReason() throws {
        #expect(try ListenAddress(parsing: "127.0.0.1:8484") == .tcp(host: "127.0.0.1", port: 8484))
        #expect(try ListenAddress(parsing: "[::1]:0") == .tcp(host: "::1", port: 0))
        #expect(try ListenAddress(parsing: "unix:/run/s.sock") == .unix(path: "/run/s.sock"))
        for text in ["", "8484", "host:", "host:x", "host:65536", "::1:80", "unix:", "host:-1"] {
            #expect(throws: ListenAddressError.self) { try ListenAddress(parsing: text) }
        }
    }
}
