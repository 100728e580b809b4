/// RFC 9112 §5: field lines, of the header section and of the trailer section.
extension RequestParser {
    mutating func startField(_ input: Span<UInt8>) throws(WireError) {
        let byte = input[position]
        if byte == Octet.carriageReturn {
            position += 1
            phase = .sectionLineFeed
            return
        }
        if Octet.isWhitespace(byte) {
            // §2.2 before the first field, §5.2 (obs-fold) after one.
            throw .malformed(
                position == sectionStart
                    ? "white space stands before the first header field"
                    : "a header field is folded over two lines")
        }
        guard (isTrailer ? trailerCount : fields.count) < limits.headerCountMax else {
            throw WireError(431, "there are more than \(limits.headerCountMax) header fields")
        }
        nameStart = position
        phase = .fieldName
    }

    mutating func readName(_ input: Span<UInt8>) throws(WireError) {
        let limit = sectionStart + limits.headerBytesMax
        let bound = min(input.count, limit)
        var index = ByteRun.name(input, from: position, to: bound)
        var hasUnderscore = false
        while index < bound {
            let byte = input[index]
            guard Octet.isToken(byte) else { break }
            hasUnderscore = hasUnderscore || byte == UInt8(ascii: "_")
            index += 1
        }
        if hasUnderscore { framing.hasUnderscore = true }
        position = index
        guard index < bound else {
            if index >= limit { throw headerTooLarge }
            return
        }
        guard input[index] == UInt8(ascii: ":"), index > nameStart else { throw nameFault(input[index], index) }
        nameEnd = index
        position = index + 1
        phase = .beforeValue
    }

    mutating func skipWhitespace(_ input: Span<UInt8>) throws(WireError) {
        while position < input.count, Octet.isWhitespace(input[position]) {
            position += 1
            guard position - sectionStart < limits.headerBytesMax else { throw headerTooLarge }
        }
        guard position < input.count else { return }
        valueStart = position
        phase = .value
    }

    mutating func readValue(_ input: Span<UInt8>) throws(WireError) {
        let limit = sectionStart + limits.headerBytesMax
        let bound = min(input.count, limit)
        let index = ByteRun.fieldValue(input, from: position, to: bound)
        position = index
        guard index < bound else {
            if index >= limit { throw headerTooLarge }
            return
        }
        guard input[index] == Octet.carriageReturn else { throw valueFault(input, input[index]) }
        position = index + 1
        phase = .valueLineFeed
    }

    mutating func finishField(_ input: Span<UInt8>) throws(WireError) {
        // Before the CR and the LF that were just read.
        var end = position - 2
        while end > valueStart, Octet.isWhitespace(input[end - 1]) { end -= 1 }
        let name = nameStart..<nameEnd
        let value = valueStart..<end
        if isTrailer {
            trailerCount += 1
            try checkTrailer(input, name)
            return
        }
        // One allocation for what a request commonly has.
        if fields.isEmpty { fields.reserveCapacity(12) }
        fields.append(
            FieldSpan(
                nameStart: UInt32(truncatingIfNeeded: nameStart), nameEnd: UInt32(truncatingIfNeeded: nameEnd),
                valueStart: UInt32(truncatingIfNeeded: valueStart), valueEnd: UInt32(truncatingIfNeeded: end)))
        try noteField(input, name, value)
    }

    /// RFC 9110 §6.5.1: a trailer never frames, routes or authorises. The others are read and let go of.
    private func checkTrailer(_ input: Span<UInt8>, _ name: Range<Int>) throws(WireError) {
        let refused: [StaticString] = ["content-length", "transfer-encoding", "host", "authorization"]
        for candidate in refused where FieldName.equals(input, name, candidate) {
            throw .malformed("the field \(candidate) must not stand in a trailer")
        }
    }

    private var headerTooLarge: WireError {
        WireError(431, "the header fields are larger than \(limits.headerBytesMax) bytes")
    }

    private func nameFault(_ byte: UInt8, _ index: Int) -> WireError {
        if byte == Octet.lineFeed { return Self.bareLineFeed }
        if index == nameStart { return .malformed("a header field has no name") }
        if Octet.isWhitespace(byte) { return .malformed("white space stands before the colon of a header field") }
        return .malformed("a header field's name holds a byte that no name has")
    }

    private func valueFault(_ input: Span<UInt8>, _ byte: UInt8) -> WireError {
        if byte == Octet.lineFeed { return Self.bareLineFeed }
        let name = String(decoding: (nameStart..<nameEnd).map { input[$0] }, as: UTF8.self)
        return .malformed("the header field \(name) holds a control character")
    }
}
