import Testing

@testable import HTTP

/// RFC 7239, and the field that came before it: the rightmost address that is no trusted proxy's.
struct ForwardedClientTests {
    private static func trusted() throws -> TrustedProxies { try TrustedProxies(parsing: "10.0.0.0/8,fd00::/8") }

    private static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        text.split(separator: "|", omittingEmptySubsequences: false).map { Array($0.utf8)[...] }
    }

    /// "-" stands for no name, "!" for malformed; `|` separates fields.
    private static func expected(_ text: String) throws -> ForwardedClient {
        switch text {
        case "-": .unnamed
        case "!": .malformed
        default: .address(try #require(IPAddress(text)))
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("192.0.2.1, 10.0.0.1", "192.0.2.1"), ("192.0.2.1,10.0.0.1 ,10.0.0.2", "192.0.2.1"),
        // What stands left of the client is its own invention.
        ("127.0.0.1, 192.0.2.1", "192.0.2.1"), ("garbage, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        ("\"\u{1}, 192.0.2.1", "192.0.2.1"), ("10.9.9.9, 192.0.2.1, 10.0.0.1", "192.0.2.1"),
        // Nothing but proxies: the farthest asks for itself.
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"), ("10.0.0.3", "10.0.0.3"),
        ("2001:db8::1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:443, fd00::1", "2001:db8::1"),
        ("192.0.2.1:5000", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:10.0.0.1, ::ffff:10.0.0.2", "10.0.0.1"),
        ("unknown", "-"), ("192.0.2.1, unknown", "-"), ("192.0.2.1, unknown, 10.0.0.1", "10.0.0.1"), ("_gw", "-"),
        ("", "-"), (", ,", "-"), ("192.0.2.1, ,", "192.0.2.1"),
        ("192.0.2.1|10.0.0.1", "192.0.2.1"), ("garbage|192.0.2.1|10.0.0.1", "192.0.2.1"),
        ("garbage", "!"), ("192.0.2.1, garbage", "!"), ("192.0.2.1, garbage, 10.0.0.1", "!"), ("192.0.2.256", "!"),
        ("192.0.2.1:", "!"), ("192.0.2.1:65536", "!"), ("[192.0.2.1]", "!"), ("[2001:db8::1", "!"), ("[::1]x", "!"),
        ("192.0.2.1;", "!"), ("for=192.0.2.1", "!"), ("192.0.2.1 10.0.0.1", "!"), ("_", "!"), ("localhost", "!"),
    ])
    func xForwardedForIsWalkedFromTheRight(_ field: String, _ client: String) throws {
        let found = ForwardedClient(xForwardedFor: Self.lines(field), try Self.trusted())
        #expect(found == (try Self.expected(client)), "\(field)")
    }

    @Test(arguments: [
        ("for=192.0.2.1", "192.0.2.1"), ("For=192.0.2.1;proto=http;by=203.0.113.43", "192.0.2.1"),
        ("for=192.0.2.1, for=10.0.0.1", "192.0.2.1"), ("for=127.0.0.1, for=192.0.2.1;proto=https", "192.0.2.1"),
        ("for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=\"[2001:db8::1]\", for=10.0.0.1", "2001:db8::1"),
        ("for=\"192.0.2.1:8000\"", "192.0.2.1"), ("for=\"192.0.2.1:_port\"", "192.0.2.1"),
        ("for=\"192.0.\\2.1\"", "192.0.2.1"), ("for=unknown", "-"), ("for=\"_gazonk\"", "-"),
        ("for=_hidden, for=10.0.0.1", "10.0.0.1"),
        ("for=192.0.2.1, proto=http", "-"), ("proto=http;for=192.0.2.1 ; by=_x", "192.0.2.1"),
        ("host=\"a, for=127.0.0.1\";for=192.0.2.1", "192.0.2.1"), (";;for=192.0.2.1;", "192.0.2.1"),
        ("", "-"), (" , ", "-"), ("for=192.0.2.1|for=10.0.0.1", "192.0.2.1"), ("for=\"|for=192.0.2.1", "192.0.2.1"),
        // An open quote could hide where the proxy's element begins.
        ("for=\", for=192.0.2.1", "!"), ("for=192.0.2.1, for=\"", "!"), ("for=192.0.2.1\"", "!"), ("for=", "!"),
        ("for", "!"), ("=192.0.2.1", "!"), ("for =192.0.2.1", "!"), ("for= 192.0.2.1", "!"), ("for=2001:db8::1", "!"),
        ("for=\"2001:db8::1\"", "!"), ("for=192.0.2.1:80", "!"), ("for=192.0.2.1;for=192.0.2.2", "!"),
        ("for=\"192.0.2.1\\", "!"), ("for=garbage", "!"), ("for=\"\"", "!"), ("for=192.0.2.1 for=10.0.0.1", "!"),
    ])
    func forwardedIsWalkedFromTheRight(_ field: String, _ client: String) throws {
        let found = ForwardedClient(forwarded: Self.lines(field), try Self.trusted())
        #expect(found == (try Self.expected(client)), "\(field)")
    }

    @Test func nobodysWordIsTakenPastTheFirstAddressWithoutTrust() throws {
        let found = ForwardedClient(xForwardedFor: Self.lines("192.0.2.1, 10.0.0.1"), TrustedProxies())
        #expect(found == .address(try #require(IPAddress("10.0.0.1"))))
    }
}
