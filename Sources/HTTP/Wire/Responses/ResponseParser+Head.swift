/// RFC 9112 §4 and §5: status lines and field lines, each read when it is whole.
extension ResponseParser {
    /// `HTTP/1.x SP 3DIGIT [SP reason]`: the space before an empty reason is often left out.
    mutating func readStatusLine(_ input: Span<UInt8>, _ line: Range<Int>) throws(WireError) {
        guard line.count >= 12, line.count == 12 || input[line.lowerBound + 12] == Octet.space,
            Self.isVersion(input, line.lowerBound), Octet.isDigit(input[line.lowerBound + 7]),
            input[line.lowerBound + 8] == Octet.space
        else { throw .malformed("the answer does not begin with a status line of HTTP/1.1") }
        var status = 0
        for index in (line.lowerBound + 9)..<(line.lowerBound + 12) {
            guard Octet.isDigit(input[index]) else { throw .malformed("the status is not a number of three digits") }
            status = status * 10 + Int(input[index] &- 0x30)
        }
        guard status >= 100 else { throw .malformed("the status is below 100") }
        facts.status = status
        facts.minorVersion = min(1, input[line.lowerBound + 7] &- 0x30)
        // One allocation for what an answer commonly has.
        if fields.capacity == 0 { fields.reserveCapacity(12) }
    }

    private static func isVersion(_ input: Span<UInt8>, _ start: Int) -> Bool {
        for index in 0..<7 where input[start + index] != versionName[index] { return false }
        return true
    }

    private static let versionName: InlineArray<7, UInt8> = [0x48, 0x54, 0x54, 0x50, 0x2F, 0x31, 0x2E]

    mutating func readField(_ input: Span<UInt8>, _ line: Range<Int>) throws(WireError) {
        guard fields.count < limits.headerCountMax else {
            throw WireError(431, "the answer has more than \(limits.headerCountMax) header fields")
        }
        var colon = ByteRun.name(input, from: line.lowerBound, to: line.upperBound)
        while colon < line.upperBound, Octet.isToken(input[colon]) { colon += 1 }
        // White space before the colon and lines that go on (obs-fold, §5.2) are refused with it.
        guard colon > line.lowerBound, colon < line.upperBound, input[colon] == UInt8(ascii: ":") else {
            throw .malformed("a header field of the answer has no proper name")
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, Octet.isWhitespace(input[start]) { start += 1 }
        while end > start, Octet.isWhitespace(input[end - 1]) { end -= 1 }
        guard ByteRun.fieldValue(input, from: start, to: end) == end else {
            throw .malformed("a header field of the answer holds a control character")
        }
        fields.append(
            FieldSpan(
                nameStart: UInt32(truncatingIfNeeded: line.lowerBound), nameEnd: UInt32(truncatingIfNeeded: colon),
                valueStart: UInt32(truncatingIfNeeded: start), valueEnd: UInt32(truncatingIfNeeded: end)))
        try note(input, line.lowerBound..<colon, start..<end)
    }

    /// Sorts by length first: most fields are none of these.
    private mutating func note(_ input: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) throws(WireError) {
        switch name.count {
        case 10 where FieldName.equals(input, name, "connection"): facts.connection.note(input, value)
        case 14 where FieldName.equals(input, name, "content-length"): try noteLength(input, value)
        case 17 where FieldName.equals(input, name, "transfer-encoding"): try noteCodings(input, value)
        default: break
        }
    }

    /// RFC 9110 §8.6: digits, and once.
    private mutating func noteLength(_ input: Span<UInt8>, _ value: Range<Int>) throws(WireError) {
        guard facts.contentLength == nil else { throw .malformed("the field Content-Length is given twice") }
        // Eighteen digits stay below Int.max.
        guard (1...18).contains(value.count) else { throw .malformed("the field Content-Length is not a length") }
        var length = 0
        for index in value {
            guard Octet.isDigit(input[index]) else { throw .malformed("the field Content-Length is not a number") }
            length = length * 10 + Int(input[index] &- 0x30)
        }
        facts.contentLength = length
    }

    /// `chunked` alone: nothing else was asked for.
    private mutating func noteCodings(_ input: Span<UInt8>, _ value: Range<Int>) throws(WireError) {
        guard facts.minorVersion > 0 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
        var elements = ListElements(value)
        while let element = elements.next(input) {
            guard !facts.endsWithChunked, FieldName.equals(input, element, "chunked") else {
                throw .malformed("of the transfer codings only chunked is known here, and once")
            }
            facts.endsWithChunked = true
        }
        facts.hasTransferEncoding = true
    }
}
