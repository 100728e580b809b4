import Testing

@testable import HTTP

@Suite struct AddressKeyTests {
    @Test func addressesOfOneNetworkOfSixtyFourBitsAreOneClient() throws {
        let first = try #require(AddressKey("2001:db8:1:2::1"))
        #expect(first == AddressKey("2001:db8:1:2:ffff:ffff:ffff:ffff"))
        #expect(first != AddressKey("2001:db8:1:3::1"))
    }

    @Test func eachAddressOfTheOldKindIsAClientOfItsOwn() throws {
        let first = try #require(AddressKey("192.0.2.1"))
        #expect(first == AddressKey("192.0.2.1") && first != AddressKey("192.0.2.2"))
        #expect(first != AddressKey("2001:db8::1"))
    }

    @Test func whatIsNoAddressIsCountedForNobody() {
        for text in ["unix", "", "192.0.2", "192.0.2.1:80", "[::1]", "::g", "_hidden"] {
            #expect(AddressKey(text) == nil)
        }
    }
}
