/// Writing JSON text.
package enum JSONText {
    /// Appends `string` as a JSON string, quotes included. Escapes only what RFC 8259 section 7 demands.
    package static func appendEscaped(_ string: some StringProtocol, to bytes: inout [UInt8]) {
        var text = String(string)
        text.withUTF8 { appendEscaped($0, to: &bytes) }
    }

    /// Appends UTF-8 as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
    package static func appendEscaped(utf8: some Collection<UInt8>, to bytes: inout [UInt8]) {
        appendEscaped(String(decoding: utf8, as: UTF8.self), to: &bytes)
    }

    /// `string` as a JSON string, quotes included.
    package static func escaped(_ string: some StringProtocol) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(string.utf8.count + 2)
        appendEscaped(string, to: &bytes)
        return bytes
    }

    // The pointer comes from a String and does not outlive `withUTF8`; every read is below its count.
    private static func appendEscaped(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(.quote)
        var start = 0
        while true {
            let stop = nextToEscape(in: text, from: start)
            bytes.append(contentsOf: text[start..<stop])
            guard stop < text.count else { break }
            appendEscape(of: text[stop], to: &bytes)
            start = stop + 1
        }
        bytes.append(.quote)
    }

    private static func nextToEscape(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let raw = UnsafeRawBufferPointer(text)
        var at = start
        while at + 8 <= text.count {
            let hits = StringWord.escapes(
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            if hits != 0 { return at + hits.trailingZeroBitCount / 8 }
            at += 8
        }
        while at < text.count, text[at] >= 0x20, text[at] != .quote, text[at] != .backslash { at += 1 }
        return at
    }

    private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(.backslash)
        switch byte {
        case .quote, .backslash: bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(hexadecimalDigit(byte >> 4))
            bytes.append(hexadecimalDigit(byte & 15))
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
