/// The 128 bits of a ULID (github.com/ulid/spec): 26 characters of Crockford's base 32 at the edges, 16 bytes in the
/// file, in the same order.
package struct ULID: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 16
    package static let characterCount = 26
    /// 48 bits of milliseconds, then the first 16 of chance.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// nil when the text is no ULID in capitals, as they are made here.
    package init?(_ text: String) {
        var text = text
        let bits = text.withUTF8 { bytes -> (UInt64, UInt64)? in
            // The first character holds three bits only.
            guard bytes.count == Self.characterCount, Self.digits[Int(bytes[0])] < 8 else { return nil }
            var high: UInt64 = 0
            var low: UInt64 = 0
            var wrong: UInt8 = 0
            for byte in bytes {
                let digit = Self.digits[Int(byte)]
                wrong |= digit
                high = high << 5 | low >> 59
                low = low << 5 | UInt64(digit & 31)
            }
            return wrong < 32 ? (high, low) : nil
        }
        guard let bits else { return nil }
        (high, low) = bits
    }

    /// As they are stored; nil unless there are 16.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes[..<8] { high = high << 8 | UInt64(byte) }
        for byte in bytes[8...] { low = low << 8 | UInt64(byte) }
        (self.high, self.low) = (high, low)
    }

    /// The least one of a millisecond (Unix); of 0 for what is before it.
    package init(firstOf milliseconds: Int64) {
        high = UInt64(max(0, milliseconds)) << 16
        low = 0
    }

    /// Unix milliseconds.
    package var milliseconds: Int64 { Int64(high >> 16) }

    /// Big endian, so that they compare as the texts do.
    package func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {  // Borrowed for the call only.
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }

    package var bytes: [UInt8] {
        var bytes = [UInt8]()
        withBytes { bytes += $0 }
        return bytes
    }

    package var text: String {
        String(unsafeUninitializedCapacity: Self.characterCount) { buffer in
            guard let target = buffer.baseAddress else { return 0 }
            write(to: target)
            return Self.characterCount
        }
    }

    package var description: String { text }

    /// Writes the `characterCount` characters of the text, ASCII, to where there is room for them.
    package func write(to target: UnsafeMutablePointer<UInt8>) {
        var (high, low) = (high, low)
        // The alphabet has 32 characters, and the index is five bits.
        let alphabet = Self.alphabet.utf8Start
        for position in stride(from: Self.characterCount - 1, through: 0, by: -1) {
            target[position] = alphabet[Int(low & 31)]
            low = low >> 5 | high << 59
            high >>= 5
        }
    }

    private static let alphabet: StaticString = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    /// The value of each byte as a digit; 32 or more for those that are none.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: 255, count: 256)
        for value in 0..<32 { digits[Int(alphabet.utf8Start[value])] = UInt8(value) }
        return digits
    }()
}
