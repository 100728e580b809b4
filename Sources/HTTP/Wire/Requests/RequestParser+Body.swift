/// RFC 9112 §6.2 and §7.1: bodies of a known length and chunked ones.
extension RequestParser {
    mutating func body(_ input: Span<UInt8>, _ offset: inout Int) throws(WireError) -> RequestEvent {
        while offset < input.count {
            switch phase {
            case .fixedBody, .chunkData: return data(input, &offset)
            case .chunkSize: try readSize(input, &offset)
            case .chunkSizeLineFeed:
                try expectLineFeed(input[offset])
                offset += 1
                try finishSize()
                if isTrailer { return try next(input, &offset) }
            case .chunkDataReturn:
                guard input[offset] == Octet.carriageReturn else {
                    throw .malformed("a chunk is longer than its size says")
                }
                offset += 1
                phase = .chunkDataLineFeed
            case .chunkDataLineFeed:
                try expectLineFeed(input[offset])
                offset += 1
                startChunk()
            default:
                try readExtension(input[offset])
                offset += 1
            }
        }
        // A body of a known length ends with its last byte, not with the next one after it.
        if phase == .fixedBody, remaining == 0 { return finishBody() }
        return .needMore
    }

    private mutating func data(_ input: Span<UInt8>, _ offset: inout Int) -> RequestEvent {
        if phase == .fixedBody, remaining == 0 { return finishBody() }
        let count = min(remaining, input.count - offset)
        let range = offset..<(offset + count)
        offset += count
        remaining -= count
        bodyBytes += count
        if phase == .chunkData, remaining == 0 { phase = .chunkDataReturn }
        return .data(range)
    }

    mutating func finishBody() -> RequestEvent {
        reset()
        return .end
    }

    mutating func startChunk() {
        phase = .chunkSize
        remaining = 0
        chunkDigits = 0
    }

    /// chunk-size = 1*HEXDIG: no sign, no prefix, no separators, no white space.
    private mutating func readSize(_ input: Span<UInt8>, _ offset: inout Int) throws(WireError) {
        while offset < input.count {
            let byte = input[offset]
            guard let digit = Octet.hexadecimal(byte) else {
                guard chunkDigits > 0 else { throw .malformed("a chunk has no size") }
                try checkSize()
                switch byte {
                case Octet.carriageReturn: phase = .chunkSizeLineFeed
                case UInt8(ascii: ";"): phase = .extensionStart
                default: throw .malformed("a chunk size holds a byte that is no hexadecimal digit")
                }
                offset += 1
                return
            }
            chunkDigits += 1
            // Fifteen digits of four bits stay far below Int.max; leading zeros count too, so that they are bounded.
            guard chunkDigits <= 15 else { throw .malformed("a chunk size is too large") }
            remaining = remaining << 4 | digit
            offset += 1
        }
    }

    private func checkSize() throws(WireError) {
        let (sum, overflow) = bodyBytes.addingReportingOverflow(remaining)
        guard !overflow, sum <= bodyBytesMax else { throw Self.bodyTooLarge(bodyBytesMax) }
    }

    private mutating func finishSize() throws(WireError) {
        if remaining > 0 {
            phase = .chunkData
            return
        }
        // The last chunk: the trailer section follows.
        isTrailer = true
        position = 0
        sectionStart = 0
        phase = .fieldStart
    }

    private func expectLineFeed(_ byte: UInt8) throws(WireError) {
        guard byte == Octet.lineFeed else { throw .malformed("a CR is not followed by LF") }
    }
}
