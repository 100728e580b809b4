/// Identifiers out of hashes.
enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Sixteen lower-case digits.
    static func text(_ word: UInt64) -> String {
        String(decoding: (0..<16).map { digits[Int((word >> UInt64(60 - 4 * $0)) & 15)] }, as: UTF8.self)
    }
}
