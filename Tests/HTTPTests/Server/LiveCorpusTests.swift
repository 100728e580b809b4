import HTTP
import Support
import Synchronization
import Testing

/// The raw requests of gunicorn's suite against a live server.
@Suite(
    .enabled(if: Corpora.isPresent("gunicorn-http") || Corpora.isCI, "the corpora are not on this machine"),
    .timeLimit(.minutes(2)))
struct LiveCorpusTests {
    /// Every method and path.
    private static func routes(_ seen: Counter) -> [Route] {
        [Method.get, .head, .post, .put, .patch, .delete, .options].map { method in
            Route(
                method, "/{path*}",
                handler: .immediate { request in
                    seen.add()
                    return echo(request)
                })
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        func add() { count.withLock { $0 += 1 } }
        var value: Int { count.withLock { $0 } }
    }

    @Test func invalidRequestsAreRefusedAndNeverReachAHandler() async throws {
        let seen = Counter()
        var limits = ServerLimits()
        // The limits of gunicorn, which four of its cases are about.
        limits.requestLineBytesMax = 4_094
        limits.headerBytesMax = 8_180
        try await withServer(Self.routes(seen), limits: limits) { server in
            for name in GunicornCorpusTests.invalid {
                let client = try server.connect()
                try client.send(GunicornCorpusTests.bytes("invalid/\(name)"))
                client.finishSending()
                let answer = try client.text()
                let status = answer.dropFirst("HTTP/1.1 ".count).prefix(3)
                #expect(["400", "413", "414", "431", "501", "505"].contains(String(status)), "\(name): \(answer)")
                #expect(answer.contains("\r\nConnection: close\r\n"), "\(name): \(answer)")
                #expect(seen.value == 0, "\(name) reached a handler")
            }
        }
    }

    @Test func validRequestsAreAnsweredByTheEcho() async throws {
        let seen = Counter()
        try await withServer(Self.routes(seen)) { server in
            for name in GunicornCorpusTests.valid where GunicornCorpusTests.refusedOnPurpose[name] == nil {
                let before = seen.value
                let bytes = Self.withHost(GunicornCorpusTests.bytes("valid/\(name)"))
                let expected = Self.served(bytes)
                let client = try server.connect()
                try client.send(bytes)
                client.finishSending()
                let answer = try client.text()
                #expect(answer.hasPrefix("HTTP/1.1 \(Self.status(name)) "), "\(name): \(answer.prefix(200))")
                if Self.status(name) == "200" { #expect(seen.value - before == expected, "\(name)") }
            }
        }
    }

    private static func status(_ name: String) -> String {
        switch name {
        case "rfc9112_target_asterisk_options_01.http": "204"
        // RFC 9110 §9.3.6: we are no proxy.
        case "rfc9112_target_authority_connect_01.http", "rfc9112_target_authority_ipv6_01.http": "501"
        // Its Content-Length promises twice what the file holds (RFC 9112 §8).
        case "099.http": "400"
        default: "200"
        }
    }

    /// Many of the cases leave out Host, which RFC 9112 §3.2 demands of HTTP/1.1: each request line gets one.
    private static func withHost(_ bytes: [UInt8]) -> [UInt8] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.lowercased().contains("\r\nhost:"), String(text.utf8).utf8.count == bytes.count else {
            return bytes
        }
        return Array(text.replacing(" HTTP/1.1\r\n", with: " HTTP/1.1\r\nHost: a\r\n").utf8)
    }

    /// How many of the requests are served: up to the first whose connection ends with it.
    private static func served(_ bytes: [UInt8]) -> Int {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        let closesAfterFirst =
            text.contains("connection: close")
            || (text.prefix { $0 != "\r\n" }.hasSuffix("http/1.0") && !text.contains("keep-alive"))
        return closesAfterFirst ? 1 : WireReading(bytes).messages.count
    }
}
