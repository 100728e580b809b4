/// The 128 bits of a ULID: 26 characters of Crockford's base 32 at the edges, 16 bytes in the file, in the same order.
struct OutcomeID: Hashable, Sendable {
    static let byteCount = 16
    /// 48 bits of milliseconds, then the first 16 of chance.
    let high: UInt64
    let low: UInt64

    /// nil when the text is no ULID in capitals, as they are made here.
    init?(_ text: String) {
        var text = text
        let bits = text.withUTF8 { bytes -> (UInt64, UInt64)? in
            // The first character holds three bits only.
            guard bytes.count == 26, Self.digits[Int(bytes[0])] < 8 else { return nil }
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
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes[..<8] { high = high << 8 | UInt64(byte) }
        for byte in bytes[8...] { low = low << 8 | UInt64(byte) }
        (self.high, self.low) = (high, low)
    }

    /// The least one of a millisecond (Unix); of 0 for what is before it.
    init(firstOf milliseconds: Int64) {
        high = UInt64(max(0, milliseconds)) << 16
        low = 0
    }

    /// Unix milliseconds.
    var milliseconds: Int64 { Int64(high >> 16) }

    /// Big endian, so that they compare as the texts do.
    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {  // Borrowed for the call only.
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }

    var bytes: [UInt8] {
        var bytes = [UInt8]()
        withBytes { bytes += $0 }
        return bytes
    }

    var text: String {
        String(unsafeUninitializedCapacity: 26) { buffer in
            var (high, low) = (high, low)
            for position in stride(from: 25, through: 0, by: -1) {
                // The alphabet has 32 characters, and the index is five bits.
                buffer[position] = Self.alphabet.utf8Start[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
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
