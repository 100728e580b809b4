import Testing

@testable import HTTP

/// Addresses, networks, and whose word is taken.
struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3/32", "10.1.2.4", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
        ("::1", "::1", true), ("::1/128", "::2", false), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("::ffff:10.0.0.0/104", "10.1.1.1", true), ("10.0.0.0/8", "::10.1.1.1", false),
    ])
    func networkHoldsItsAddresses(_ network: String, _ address: String, _ isHeld: Bool) throws {
        let range = try #require(AddressRange(network))
        #expect(range.contains(try #require(IPAddress(address))) == isHeld)
        #expect(try TrustedProxies(parsing: network).contains(address) == isHeld)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8",
        "::/129",
        "2001:db8::1/32", "localhost", "10.0.0.0/+8", "[::1]", "fe80::1%lo", "/8", "256.0.0.1",
    ])
    func whatIsNoNetworkIsRefused(_ text: String) {
        #expect(AddressRange(text) == nil)
        #expect(throws: TrustedProxiesError(entry: text)) { try TrustedProxies(parsing: "::1, \(text)") }
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::ffff:127.0.0.1", "127.0.0.1"), ("2001:0DB8::0001", "2001:db8::1"), ("::", "::"),
        ("::1", "::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ])
    func addressHasOneText(_ text: String, _ canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test func trustIsInWhatIsListedOnly() throws {
        let nobody = TrustedProxies()
        #expect(nobody.isEmpty && !nobody.contains("unix") && !nobody.contains("127.0.0.1"))
        let some = try TrustedProxies(parsing: "10.0.0.0/8, unix,::1")
        #expect(some.contains("unix") && some.contains("::1") && some.contains("10.2.3.4"))
        #expect(!some.contains("127.0.0.1") && !some.contains("nonsense"))
        #expect(try !TrustedProxies(parsing: "::/0").contains("unix"))
    }
}
