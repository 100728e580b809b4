import CLinux
import Glibc
import HTTP
import Reactor
import Support
import Testing

/// Servers behind proxies, over real sockets.
@Suite(.timeLimit(.minutes(2)))
struct EdgeTests {
    private static let routes = [Route(.get, "/who", handler: .immediate { .text("<\($0.remoteAddress)>") })]
    private static let ask = "GET /who HTTP/1.1\r\nHost: a\r\n"

    private static func edge(_ trusted: String, _ change: (inout EdgeRules) -> Void = { _ in }) throws -> EdgeRules {
        var edge = EdgeRules()
        if !trusted.isEmpty { edge.trusted = try TrustedProxies(parsing: trusted) }
        change(&edge)
        return edge
    }

    private static func who(_ server: RunningServer, _ fields: String) throws -> String {
        try server.exchange("\(ask)\(fields)Connection: close\r\n\r\n")
    }

    @Test func fieldsOfATrustedProxyNameTheClientRequestByRequest() async throws {
        try await withServer(Self.routes, edge: Self.edge("127.0.0.0/8")) { server in
            let client = try server.connect()
            for (fields, address) in [
                ("X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"), ("", "127.0.0.1"),
                ("X-Forwarded-For: 10.0.0.1, 2001:DB8::1, 127.0.0.9\r\n", "2001:db8::1"),
                ("X-Forwarded-For: 10.0.0.1\r\nx-forwarded-for: 192.0.2.7\r\n", "192.0.2.7"),
                // The other field is the client's invention.
                ("Forwarded: for=192.0.2.1\r\n", "127.0.0.1"),
            ] {
                try client.send("\(Self.ask)\(fields)\r\n")
                #expect(try client.receive(until: ">").hasSuffix("<\(address)>"), "\(fields)")
            }
            #expect(try Self.who(server, "X-Forwarded-For: what\r\n").hasPrefix("HTTP/1.1 400 "))
            #expect(try Self.who(server, "X-Forwarded-For: what\r\n").contains("the field X-Forwarded-For"))
            #expect(server.server.counters.refused(.forwarded) == 2)
        }
        let forwarded = try Self.edge("127.0.0.1") { $0.field = .forwarded }
        try await withServer(Self.routes, edge: forwarded) { server in
            let fields =
                "Forwarded: for=\"[2001:db8::7]:80\";proto=https, for=127.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\n"
            let answer = try Self.who(server, fields)
            #expect(answer.hasSuffix("<2001:db8::7>"))
            let refusal = try Self.who(server, "Forwarded: for=\"\r\n")
            #expect(refusal.contains("the field Forwarded"))
        }
    }

    @Test(arguments: ["", "10.0.0.0/8", "::1", "unix"])
    func fieldsOfOthersAreIgnoredHoweverTheyLook(_ trusted: String) async throws {
        try await withServer(Self.routes, edge: Self.edge(trusted)) { server in
            for field in ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: what", "Forwarded: for=192.0.2.1"] {
                let answer = try Self.who(server, "\(field)\r\n")
                #expect(answer.hasSuffix("<127.0.0.1>"))
            }
            #expect(server.server.counters.refused(.forwarded) == 0)
        }
    }

    @Test(arguments: [
        ("PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n", "192.0.2.1"), ("PROXY TCP6 2001:DB8::1 ::1 1 2\r\n", "2001:db8::1"),
        ("PROXY UNKNOWN\r\n", "127.0.0.1"), ("PROXY TCP6 ::ffff:192.0.2.9 ::1 1 2\r\n", "192.0.2.9"),
    ])
    func proxyHeaderNamesTheClientAtEverySplitPoint(_ line: String, _ address: String) async throws {
        let edge = try Self.edge("127.0.0.1") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, edge: edge) { server in
            let bytes = Array("\(line)\(Self.ask)X-Forwarded-For: 10.9.9.9\r\nConnection: close\r\n\r\n".utf8)
            for cut in 1..<(line.utf8.count + 3) {
                let client = try server.connect()
                let before = server.server.counters.bytesIn
                try client.send(Array(bytes[..<cut]))
                while server.server.counters.bytesIn < before + cut { await Task.yield() }
                try client.send(Array(bytes[cut...]))
                // Who comes through the proxy is not trusted himself, but the proxy's own words are.
                let expected = address == "127.0.0.1" ? "10.9.9.9" : address
                #expect(try client.text().hasSuffix("<\(expected)>"), "cut at \(cut)")
            }
        }
    }

    @Test func proxyHeaderOfVersion2AndAProxyBehindTheProxy() async throws {
        let edge = try Self.edge("127.0.0.1,10.0.0.0/8") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, edge: edge) { server in
            let request = Array("\(Self.ask)X-Forwarded-For: 203.0.113.5\r\nConnection: close\r\n\r\n".utf8)
            for (header, address) in [
                (ProxyHeaderTests.version2(0x11, ProxyHeaderTests.version4 + [4, 0, 1, 0]), "192.0.2.1"),
                (ProxyHeaderTests.version2(0x21, ProxyHeaderTests.version6), "2001:db8::1"),
                (ProxyHeaderTests.version2(0x20, 0x00, []), "203.0.113.5"),
                (ProxyHeaderTests.version2(0x11, [10, 0, 0, 7, 1, 1, 1, 1, 0, 1, 0, 1]), "203.0.113.5"),
            ] {
                let client = try server.connect()
                try client.send(header + request)
                #expect(try client.text().hasSuffix("<\(address)>"))
            }
            #expect(server.server.counters.refused(.proxyHeader) == 0)
        }
    }

    @Test func whoeverSendsNoProxyHeaderOrIsNoProxyIsClosedWithoutAnAnswer() async throws {
        let edge = try Self.edge("127.0.0.1") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, edge: edge) { server in
            for bytes in ["\(Self.ask)\r\n", "PROXY TCP4 a b 1 2\r\n\(Self.ask)\r\n", "\r\n\r\n\r\n"] {
                let client = try server.connect()
                try client.send(bytes)
                // The rest of what was sent is unread, so that the end may be a reset.
                #expect((try? client.receiveAll()) ?? [] == [])
            }
            while server.server.counters.connectionsOpen > 0 { await Task.yield() }
            #expect(server.server.counters.refused(.proxyHeader) == 3)
            #expect(server.server.counters.requests == 0)
        }
        let others = try Self.edge("10.0.0.0/8") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, edge: others) { server in
            let client = try server.connect()
            #expect((try? client.receiveAll()) ?? [] == [])
            #expect(server.server.counters.refused(.proxyPeer) == 1)
            #expect(server.server.counters.connectionsRefused == 1 && server.server.counters.connectionsOpen == 0)
        }
    }

    @Test(arguments: ["", "PROXY TCP4 192.0.2.1 ", "\r\n\r\n\0"])
    func proxyThatDoesNotFinishItsHeaderHasTheTimeOfAHeader(_ start: String) async throws {
        var limits = ServerLimits()
        limits.headerTimeout = .milliseconds(30)
        let edge = try Self.edge("127.0.0.1") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, limits: limits, edge: edge) { server in
            let client = try server.connect()
            try client.send(start)
            #expect(try client.receiveAll().isEmpty)
        }
        // A check that only connects is no fault.
        try await withServer(Self.routes, edge: edge) { server in
            try server.connect().finishSending()
            while server.server.counters.connectionsAccepted == 0 || server.server.counters.connectionsOpen > 0 {
                await Task.yield()
            }
            #expect(server.server.counters.refused(.proxyHeader) == 0 && server.server.counters.requests == 0)
        }
    }

    @Test func shareOfAnAddressIsThatOfTheClientBehindTheProxyAndTheProxyHasNone() async throws {
        var limits = ServerLimits()
        limits.connectionsPerAddressMax = 2
        let edge = try Self.edge("127.0.0.1") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, limits: limits, edge: edge) { server in
            func connect(_ address: String) throws -> RawClient {
                let client = try server.connect()
                try client.send("PROXY TCP4 \(address) 10.0.0.1 1 2\r\n\(Self.ask)\r\n")
                return client
            }
            let held = try ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"].map(connect)
            for client in held { #expect(try client.receive(until: ">").hasPrefix("HTTP/1.1 200 ")) }
            #expect((try? connect("192.0.2.1").receiveAll()) ?? [] == [])
            #expect(server.server.counters.reached(.connectionsPerAddress) == 1)
            _ = try connect("192.0.2.3").receive(until: ">")
            withExtendedLifetime(held) {}
        }
    }

    @Test func socketFileStandsBesideTCPWithItsModeAndGoesWithTheServer() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("http.sock")
        let edge = try Self.edge("unix") {
            $0.unixSocketMode = 0o600
            $0.demandsProxyHeader = false
        }
        let both: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 0), .unix(path: path)]
        try await withServer(Self.routes, listen: both, loops: 2, edge: edge) { server in
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
            #expect(try Self.who(server, "X-Forwarded-For: 192.0.2.1\r\n").hasSuffix("<127.0.0.1>"))
            let client = try RawClient(path: path)
            try client.send("\(Self.ask)\r\n\(Self.ask)X-Forwarded-For: 192.0.2.1\r\n\r\n")
            #expect(try client.receive(until: "<192.0.2.1>").contains("<unix>"))
            // A second server finds it taken, and leaves it.
            await #expect(throws: ServerError.self) { try await withServer(Self.routes, listen: both) { _ in } }
            try RawClient(path: path).send(Self.ask)
        }
        #expect(access(path, F_OK) != 0)
    }

    /// The server that could not start takes its socket file with it.
    @Test func startThatFailsLeavesNoSocketFile() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("http.sock")
        let listen: [ListenAddress] = [.unix(path: path), .tcp(host: "192.0.2.1", port: 1)]
        await #expect(throws: ServerError.self) { try await withServer(Self.routes, listen: listen) { _ in } }
        #expect(access(path, F_OK) != 0)
        // What is no socket is not ours to remove.
        let file = directory.file("file")
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        await #expect(throws: ServerError.self) {
            try await withServer(Self.routes, listen: [.unix(path: file)]) { _ in }
        }
        #expect(access(file, F_OK) == 0)
    }

    @Test func proxyHeaderIsForTCPOnly() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("http.sock")
        let edge = try Self.edge("127.0.0.1") { $0.demandsProxyHeader = true }
        try await withServer(Self.routes, listen: [.unix(path: path)], edge: edge) { _ in
            let client = try RawClient(path: path)
            try client.send("\(Self.ask)\r\n")
            #expect(try client.receive(until: ">").hasSuffix("<unix>"))
        }
    }

    /// A drain covers the socket file's connections: what runs is answered, then the server is empty.
    @Test func drainWaitsForRequestsOfTheSocketFile() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("http.sock")
        let (began, gate) = (Gate(), Gate())
        let route = Route(
            .get, "/",
            handler: .asynchronous { _ in
                began.open()
                await gate.pass()
                return .text("<done>")
            })
        try await withServer([route], listen: [.unix(path: path)]) { server in
            let client = try RawClient(path: path)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await began.pass()
            server.server.beginDrain()
            server.server.stopListening()
            #expect(access(path, F_OK) != 0)
            async let isEmpty = server.server.drained(within: .seconds(20))
            gate.open()
            #expect(try client.text().hasSuffix("<done>"))
            #expect(await isEmpty)
        }
    }
}
