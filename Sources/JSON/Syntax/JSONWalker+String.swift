extension JSONWalker {
    /// Skips a string whose opening quote is at `at`, checking escapes, control characters and UTF-8.
    /// - Returns: whether it holds a backslash, so that its bytes are not its text.
    @inline(__always)
    mutating func skipString() throws(JSONError) -> Bool {
        at &+= 1
        var escaped = false
        while true {
            skipPlain()
            guard at < end else { throw failure("the string is not closed") }
            let byte = base[at]
            if byte == .quote {
                at &+= 1
                return escaped
            }
            if byte == .backslash {
                escaped = true
                _ = try readEscape()
            } else if byte < 0x20 {
                throw failure("a control character must be escaped in a string")
            } else {
                try skipMultibyte()
            }
        }
    }

    /// Moves to the next byte that is a quote, a backslash, a control character or not ASCII.
    @inline(__always)
    private mutating func skipPlain() {
        let raw = UnsafeRawPointer(base)
        while at &+ 16 <= end {
            let first = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let second = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at &+ 8, as: UInt64.self))
            let firstStops = StringWord.stops(first)
            let secondStops = StringWord.stops(second)
            if firstStops | secondStops != 0 {
                at &+=
                    firstStops != 0
                    ? firstStops.trailingZeroBitCount &>> 3 : 8 &+ secondStops.trailingZeroBitCount &>> 3
                return
            }
            at &+= 16
        }
        while at < end {
            let byte = base[at]
            if byte == .quote || byte == .backslash || byte < 0x20 || byte >= 0x80 { return }
            at &+= 1
        }
    }

    /// Skips a run of multi-byte characters. Unicode 16 table 3-7: no overlong forms, no surrogates, nothing past
    /// U+10FFFF.
    private mutating func skipMultibyte() throws(JSONError) {
        while at < end, base[at] >= 0x80 {
            let lead = base[at]
            if lead &- 0xC2 < 0x1E, end &- at >= 2, base[at &+ 1] & 0xC0 == 0x80 {
                at &+= 2
                // Where letters with accents stand among plain ones, a few bytes one by one beat a word at a time.
                let near = min(end, at &+ 6)
                while at < near, base[at] &- 0x20 < 0x60, base[at] != .quote, base[at] != .backslash { at &+= 1 }
                continue
            }
            let length: Int
            var second: ClosedRange<UInt8> = 0x80...0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            case 0xF1...0xF3: length = 4
            default: throw failure("the string is not UTF-8")
            }
            guard end &- at >= length, second.contains(base[at &+ 1]),
                length < 3 || base[at &+ 2] & 0xC0 == 0x80, length < 4 || base[at &+ 3] & 0xC0 == 0x80
            else { throw failure("the string is not UTF-8") }
            at &+= length
        }
    }

    /// Reads the escape whose backslash is at `at`. A surrogate must come as a pair: a lone one is no character, and
    /// RFC 7493 section 2.1 forbids it.
    mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        let start = at
        guard end - at >= 2 else { throw failure("the string is not closed", at: end) }
        let letter = base[at + 1]
        at += 2
        switch letter {
        case .quote, .backslash, UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure("unknown escape in a string", at: start)
        }
        let unit = try readFourDigits()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, end - at >= 2, base[at] == .backslash, base[at + 1] == UInt8(ascii: "u") else {
            throw failure("a surrogate escape is not one of a pair", at: start)
        }
        at += 2
        let low = try readFourDigits()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure("a surrogate escape is not one of a pair", at: start) }
        return scalar
    }

    private mutating func readFourDigits() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard at < end, let digit = base[at].hexadecimal else {
                throw failure("expected four hexadecimal digits in an escape")
            }
            unit = unit << 4 | digit
            at += 1
        }
        return unit
    }

    /// The text of a string that was checked before; `range` is between its quotes.
    func text(_ range: Range<Int>, escaped: Bool) throws(JSONError) -> String {
        guard escaped else {
            return String(
                decoding: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
        }
        var inner = self
        inner.at = range.lowerBound
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while inner.at < range.upperBound {
            if base[inner.at] == .backslash {
                bytes.append(contentsOf: String(try inner.readEscape()).utf8)
            } else {
                let start = inner.at
                while inner.at < range.upperBound, base[inner.at] != .backslash { inner.at += 1 }
                bytes.append(contentsOf: UnsafeBufferPointer(start: base + start, count: inner.at - start))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
