import Crypto

/// HMAC-SHA256 (RFC 2104) of a credential under a pepper that is not in the database: a stolen file alone proves no
/// key.
///
/// Every request pays for it, so the pepper's two blocks are taken in once, and the rest is put together here from the
/// library's SHA-256: its own HMAC takes them in anew each time. A test holds the two against each other.
package struct KeyHasher: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    package init(_ master: MasterKey) {
        let pepper = master.derived(for: "key-digests").withUnsafeBytes { Array($0) }
        // RFC 2104 §2: a key longer than a block would be hashed first; this one is 32 bytes.
        let block = pepper + [UInt8](repeating: 0, count: SHA256.blockByteCount - pepper.count)
        inner = Self.keyed(block.map { $0 ^ 0x36 })
        outer = Self.keyed(block.map { $0 ^ 0x5C })
    }

    private static func keyed(_ block: [UInt8]) -> SHA256 {
        var hash = SHA256()
        block.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash
    }

    package func digest(_ credential: some Collection<UInt8>) -> [UInt8] {
        Array(code(Array(credential)[...]))
    }

    /// In constant time.
    func matches(_ credential: ArraySlice<UInt8>, _ digest: [UInt8]) -> Bool {
        code(credential).withUnsafeBytes { code in
            guard code.count == digest.count else { return false }
            var difference: UInt8 = 0
            for index in code.indices { difference |= code[index] ^ digest[index] }
            return difference == 0
        }
    }

    private func code(_ credential: ArraySlice<UInt8>) -> SHA256Digest {
        var (inner, outer) = (inner, outer)
        credential.withUnsafeBytes { inner.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize()
    }
}
