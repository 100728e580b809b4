package import Crypto
import REST

/// 32 bytes from which every other key of the process is derived (HKDF-SHA256, RFC 5869), each for one purpose.
package struct MasterKey: Sendable {
    package static let byteCount = 32
    private let key: SymmetricKey

    /// - Returns: nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// - Parameter text: base 64 of 32 bytes; surrounding white space is let go.
    package init?(base64 text: String) {
        let trimmed = text.utf8.filter { $0 > 0x20 }
        guard let bytes = Base64.decoded(trimmed) else { return nil }
        self.init(bytes)
    }

    /// - Parameter purpose: a constant; two purposes never share a key.
    package func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Array("signalbox/\(purpose)/1".utf8), outputByteCount: 32)
    }
}
