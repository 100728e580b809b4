/// Base 64 (RFC 4648 §4), strict about its alphabet; padding may be missing. Also the URL-safe alphabet of §5.
package enum Base64 {
    package static func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        var output = [UInt8]()
        output.reserveCapacity(text.count / 4 * 3)
        var buffer: UInt32 = 0
        var bits = 0
        var isPadded = false
        for byte in text {
            if byte == UInt8(ascii: "=") {
                isPadded = true
                continue
            }
            guard !isPadded, let value = value(of: byte) else { return nil }
            buffer = (buffer << 6) | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        // Six left-over bits are half a byte that nobody wrote.
        return bits == 6 ? nil : output
    }

    /// Without padding, in the alphabet that needs no escaping in a URL.
    package static func encodedForURL(_ bytes: [UInt8]) -> String {
        var output = [UInt8]()
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer << 8) | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(letter(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)) & 63))
            }
        }
        if bits > 0 { output.append(letter(UInt8(truncatingIfNeeded: buffer << UInt32(6 - bits)) & 63)) }
        return String(decoding: output, as: UTF8.self)
    }

    private static func letter(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: 65 + value
        case 26..<52: 97 + value - 26
        case 52..<62: 48 + value - 52
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 65...90: byte - 65
        case 97...122: byte - 97 + 26
        case 48...57: byte - 48 + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
