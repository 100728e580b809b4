import Crypto

/// The text of a key: `sbx_<key id>_<43 characters of base 62>` (256 random bits). It is shown once and never stored.
package struct KeySecret: Sendable {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let digitCount = 43
    package static let prefix = "sbx_"

    package let text: String

    /// A new secret, from the system's entropy.
    package init(keyID: String) {
        let random = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        text = Self.prefix + keyID + "_" + Self.base62(random)
    }

    /// - Returns: the key id within a credential; nil when it is not of this form (a bootstrap key).
    static func keyID(in credential: ArraySlice<UInt8>) -> String? {
        guard credential.starts(with: prefix.utf8) else { return nil }
        let rest = credential.dropFirst(prefix.utf8.count)
        guard let end = rest.firstIndex(of: UInt8(ascii: "_")), end > rest.startIndex else { return nil }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// The number that the bytes are, big-endian, written in base 62 and filled up to a fixed width.
    private static func base62(_ bytes: [UInt8]) -> String {
        var number = bytes
        var digits = [UInt8]()
        for _ in 0..<digitCount {
            var remainder = 0
            for index in number.indices {
                let value = remainder << 8 | Int(number[index])
                number[index] = UInt8(value / 62)
                remainder = value % 62
            }
            digits.append(alphabet[remainder])
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }
}
