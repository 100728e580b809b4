import Crypto
import Testing

@testable import Identity

@Suite struct KeyHasherTests {
    private let master: MasterKey
    private let hasher: KeyHasher

    init() throws {
        master = try #require(MasterKey([UInt8](repeating: 9, count: 32)))
        hasher = KeyHasher(master)
    }

    /// RFC 2104 put together here against the library's own, around every border of SHA-256's blocks of 64 bytes.
    @Test func theDigestIsTheLibrarysHMAC() {
        let pepper = master.derived(for: "key-digests")
        for length in 0...300 {
            let credential = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let expected = Array(HMAC<SHA256>.authenticationCode(for: credential, using: pepper))
            #expect(hasher.digest(credential) == expected)
            #expect(hasher.matches(credential[...], expected))
        }
    }

    @Test func oneBitOfEitherSideMakesNoMatch() {
        let credential = Array("sbx_01HZX_secret".utf8)
        let digest = hasher.digest(credential)
        for bit in 0..<(digest.count * 8) {
            var other = digest
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!hasher.matches(credential[...], other))
        }
        for bit in 0..<(credential.count * 8) {
            var other = credential
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!hasher.matches(other[...], digest))
        }
        #expect(!hasher.matches(credential[...], Array(digest.dropLast())))
        #expect(!hasher.matches(credential[...], []))
    }
}
