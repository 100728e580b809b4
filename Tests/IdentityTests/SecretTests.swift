import Domain
import Support
import Testing

@testable import Identity

@Suite struct SecretTests {
    private static func box(_ byte: UInt8 = 1) throws -> SecretBox {
        SecretBox(try #require(MasterKey([UInt8](repeating: byte, count: 32))))
    }

    @Test(arguments: ["", "sk-secret", "\u{0}ü\u{1F600}", String(repeating: "x", count: 10_000)])
    func whatWasSealedOpensInItsContextOnly(_ text: String) throws {
        let box = try Self.box()
        let sealed = try box.seal(Secret(text), context: "default|providers|p|credential")
        #expect(try box.open(sealed, context: "default|providers|p|credential").revealed() == text)
        for context in ["", "default|providers|q|credential", "default|providers|p|credential "] {
            #expect(throws: SecretBox.Failure.doesNotOpen) { try box.open(sealed, context: context) }
        }
        #expect(throws: SecretBox.Failure.doesNotOpen) {
            try Self.box(2).open(sealed, context: "default|providers|p|credential")
        }
    }

    @Test func aChangedBitAnywhereAndACutAnywhereIsNoticed() throws {
        let box = try Self.box()
        let sealed = try box.seal(Secret("sk-secret"), context: "c")
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << UInt8(bit)
                let expected: SecretBox.Failure = index == 0 ? .unknownForm(changed[0]) : .doesNotOpen
                #expect(throws: expected) { try box.open(changed, context: "c") }
            }
            #expect(throws: SecretBox.Failure.doesNotOpen) { try box.open(Array(sealed.prefix(index)), context: "c") }
        }
        #expect(throws: SecretBox.Failure.doesNotOpen) { try box.open(sealed + [0], context: "c") }
    }

    @Test func theSameSecretIsSealedDifferentlyEachTimeAndNotReadable() throws {
        let box = try Self.box()
        let all = try (0..<200).map { _ in try box.seal(Secret("sk-secret"), context: "c") }
        #expect(Set(all).count == 200)
        #expect(Set(all.map { Array($0[1..<13]) }).count == 200)
        #expect(all.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("secret") })
    }

    @Test(arguments: [
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", true), ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc", true),
        (" BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\r\n", true),
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw==", false),
        ("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH", false), ("", false), ("not base 64!", false),
        ("0707070707070707070707070707070707070707070707070707070707070707", false),
    ])
    func aMasterKeyIsExactlyThirtyTwoBytes(_ text: String, _ isKey: Bool) throws {
        let key = MasterKey(base64: text)
        #expect((key != nil) == isKey)
        guard let key else { return }
        let same = try #require(MasterKey([UInt8](repeating: 7, count: 32)))
        #expect(key.derived(for: "x") == same.derived(for: "x"))
    }

    @Test func purposesNeverShareAKey() throws {
        let key = try #require(MasterKey([UInt8](repeating: 7, count: 32)))
        #expect(key.derived(for: "credentials") != key.derived(for: "key-digests"))
        #expect(MasterKey([UInt8](repeating: 7, count: 31)) == nil)
        #expect(MasterKey([UInt8](repeating: 7, count: 33)) == nil)
    }
}
