/// RFC 9112 §3: method SP request-target SP HTTP-version CRLF.
extension RequestParser {
    mutating func readMethod(_ input: Span<UInt8>) throws(WireError) {
        var index = position
        while index < input.count, Octet.isToken(input[index]) {
            if index < 8 { methodWord |= UInt64(input[index]) << UInt64(8 * index) }
            index += 1
            if index > Self.methodBytesMax { throw Self.unknownMethod }
        }
        position = index
        guard index < input.count else { return }
        guard input[index] == Octet.space, index > 0 else {
            throw .malformed("the method holds a byte that no method has")
        }
        if index <= Method.nameBytesMax { method = Method(packed: methodWord) }
        position = index + 1
        facts.target = position..<position
        phase = .target
    }

    mutating func readTarget(_ input: Span<UInt8>) throws(WireError) {
        let limit = limits.requestLineBytesMax
        let bound = min(input.count, limit)
        var index = position
        while index < bound, Octet.isTarget(input[index]) { index += 1 }
        position = index
        guard index < bound else {
            if index >= limit { throw Self.lineTooLong(limit) }
            return
        }
        guard input[index] == Octet.space else { throw Self.targetFault(input[index]) }
        facts.target = facts.target.lowerBound..<index
        authority = try RequestTarget.resolve(input, method, &facts)
        position = index + 1
        phase = .version
    }

    mutating func readVersion(_ input: Span<UInt8>) throws(WireError) {
        let start = facts.target.upperBound + 1
        while position < input.count {
            let byte = input[position]
            switch position - start {
            case 0..<5:
                // The name is case-sensitive (RFC 9112 §2.3).
                guard byte == Self.versionName[position - start] else { throw Self.versionFault }
            case 5, 7: guard Octet.isDigit(byte) else { throw Self.versionFault }
            case 6: guard byte == UInt8(ascii: ".") else { throw Self.versionFault }
            default:
                guard byte == Octet.carriageReturn else {
                    if byte == Octet.lineFeed { throw Self.bareLineFeed }
                    throw Self.versionFault
                }
                try finishVersion(major: input[start + 5] - 0x30, minor: input[start + 7] - 0x30)
                position += 1
                phase = .requestLineFeed
                return
            }
            position += 1
        }
    }

    private mutating func finishVersion(major: UInt8, minor: UInt8) throws(WireError) {
        guard position <= limits.requestLineBytesMax else { throw Self.lineTooLong(limits.requestLineBytesMax) }
        guard major == 1 else { throw WireError(505, "only HTTP/1.0 and HTTP/1.1 are spoken here") }
        guard method != nil else { throw Self.unknownMethod }
        facts.minorVersion = min(minor, 1)
    }

    /// RFC 9112 §3 recommends no bound; the longest registered method has 17 letters.
    private static let methodBytesMax = 32
    private static let versionName: InlineArray<5, UInt8> = [0x48, 0x54, 0x54, 0x50, 0x2F]
    private static let unknownMethod = WireError(501, "the method is not known here")
    private static let versionFault = WireError.malformed("the request line must end with SP and HTTP/1.1")
    static let bareLineFeed = WireError.malformed("a line ends with LF without CR")

    private static func lineTooLong(_ bytesMax: Int) -> WireError {
        WireError(414, "the request line is longer than \(bytesMax) bytes")
    }

    private static func targetFault(_ byte: UInt8) -> WireError {
        if byte == Octet.lineFeed { return bareLineFeed }
        if byte == Octet.carriageReturn { return versionFault }
        return .malformed("the request target holds a byte that must be percent-encoded")
    }
}
