/// `uri-host [":" port]` (RFC 9110 §7.2, RFC 3986 §3.2).
enum Authority {
    /// An empty host is refused: no "http" URI can have one (RFC 9110 §4.2.1).
    static func isValid(_ input: Span<UInt8>, _ range: Range<Int>, portRequired: Bool) -> Bool {
        guard let first = range.first else { return false }
        let hostEnd = input[first] == UInt8(ascii: "[") ? endOfLiteral(input, range) : endOfName(input, range)
        guard let hostEnd, hostEnd > first else { return false }
        if hostEnd == range.upperBound { return !portRequired }
        guard input[hostEnd] == UInt8(ascii: ":") else { return false }
        let digits = (hostEnd + 1)..<range.upperBound
        // RFC 3986 §3.2.3 lets a port be empty; five digits hold 65,535.
        if digits.isEmpty { return !portRequired }
        guard digits.count <= 5 else { return false }
        var port = 0
        for index in digits {
            guard Octet.isDigit(input[index]) else { return false }
            port = port * 10 + Int(input[index] - 0x30)
        }
        return port <= 65_535
    }

    /// An IP literal in brackets: hexadecimal digits, colons, and dots for an embedded IPv4 address.
    private static func endOfLiteral(_ input: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound + 1
        var colons = 0
        while index < range.upperBound {
            let byte = input[index]
            if byte == UInt8(ascii: "]") { return colons >= 2 ? index + 1 : nil }
            if byte == UInt8(ascii: ":") { colons += 1 }
            guard byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || Octet.hexadecimal(byte) != nil else {
                return nil
            }
            index += 1
        }
        return nil
    }

    /// A registered name or an IPv4 address: unreserved characters, sub-delimiters and percent-encoded bytes.
    private static func endOfName(_ input: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound, input[index] != UInt8(ascii: ":") {
            let byte = input[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < range.upperBound, Octet.hexadecimal(input[index + 1]) != nil,
                    Octet.hexadecimal(input[index + 2]) != nil
                else { return nil }
                index += 3
                continue
            }
            guard isNameByte(byte) else { return nil }
            index += 1
        }
        return index
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="):
            return true
        default: return false
        }
    }
}
