/// Reads HTTP/1.x requests (RFC 9112): bytes in, events out, no I/O. Every byte of a head is looked at once, however
/// the input is cut up; the first offending byte decides the error, so that every cut gives the same result.
///
/// A head must stay in the input, from its first byte on, until it is complete: the parser keeps positions, not bytes.
/// After an error the parser is spent.
package struct RequestParser: Sendable {
    enum Phase: UInt8, Sendable {
        case start, startLineFeed
        case method, target, version, requestLineFeed
        case fieldStart, fieldName, beforeValue, value, valueLineFeed, sectionLineFeed
        case fixedBody
        case chunkSize, chunkSizeLineFeed, chunkData, chunkDataReturn, chunkDataLineFeed
        case extensionStart, extensionName, extensionValueStart, extensionValue
        case extensionQuoted, extensionQuotedPair, extensionEnd
    }

    let limits: WireLimits
    var phase = Phase.start

    // Positions count from the start of the head, or of the trailer section.
    var position = 0
    var sectionStart = 0
    var nameStart = 0
    var nameEnd = 0
    var valueStart = 0

    var method: Method?
    var methodWord: UInt64 = 0
    var facts = HeadFacts()
    var fields: [FieldSpan] = []
    var framing = FramingFacts()
    var authority: Range<Int>?

    var isTrailer = false
    var trailerCount = 0
    var emptyLines = 0

    var bodyBytesMax = Int.max
    var bodyBytes = 0
    /// Of a Content-Length body or of the chunk that is being read.
    var remaining = 0
    var chunkDigits = 0
    var extensionBytes = 0

    package init(limits: WireLimits = WireLimits()) { self.limits = limits }

    /// Whether nothing of a next request has been seen.
    package var isAtStart: Bool { phase == .start && position == 0 && emptyLines == 0 }

    /// Whether a body is being read.
    package var isInBody: Bool { phase.rawValue >= Phase.fixedBody.rawValue || isTrailer }

    /// Whether the end of a body is at hand without further input.
    var hasPendingEnd: Bool { phase == .fixedBody && remaining == 0 }

    /// How many bytes of a body are still to come; nil where that is not known.
    var bodyRest: Int? { phase == .fixedBody ? remaining : nil }

    /// Sets what the body may hold, known once the route is. Throws 413 when Content-Length says more already.
    package mutating func limitBody(to bytes: Int) throws(WireError) {
        bodyBytesMax = bytes
        if phase == .fixedBody, remaining > bytes { throw Self.bodyTooLarge(bytes) }
    }

    /// Reads on from `offset` and moves it past what is done with.
    package mutating func next(_ input: Span<UInt8>, _ offset: inout Int) throws(WireError) -> RequestEvent {
        if phase.rawValue < Phase.fixedBody.rawValue { return try section(input, &offset) }
        return try body(input, &offset)
    }

    /// The head's phases and the trailer's: `position` moves, `offset` only when the section is complete.
    private mutating func section(_ whole: Span<UInt8>, _ offset: inout Int) throws(WireError) -> RequestEvent {
        let input = whole.extracting(offset..<whole.count)
        while position < input.count {
            switch phase {
            case .start: if try skipEmptyLine(input, &offset) { return try section(whole, &offset) }
            case .startLineFeed, .requestLineFeed, .valueLineFeed, .sectionLineFeed:
                guard input[position] == Octet.lineFeed else { throw .malformed("a CR is not followed by LF") }
                position += 1
                if phase == .sectionLineFeed {
                    // A message without a body ends here and resets `position`.
                    let end = position
                    let event = isTrailer ? finishBody() : try finishHead(input)
                    offset += end
                    position = 0
                    return event
                }
                try endLine(input)
            case .method: try readMethod(input)
            case .target: try readTarget(input)
            case .version: try readVersion(input)
            case .fieldStart: try startField(input)
            case .fieldName: try readName(input)
            case .beforeValue: try skipWhitespace(input)
            default: try readValue(input)
            }
        }
        return .needMore
    }

    private mutating func endLine(_ input: Span<UInt8>) throws(WireError) {
        switch phase {
        case .startLineFeed: phase = .start
        case .valueLineFeed:
            try finishField(input)
            phase = .fieldStart
        default:
            sectionStart = position
            phase = .fieldStart
        }
    }

    /// Empty lines before a request line are skipped (RFC 9112 §2.2), so many and no more.
    /// - Returns: whether `offset` moved past one, so that the head starts anew.
    private mutating func skipEmptyLine(_ input: Span<UInt8>, _ offset: inout Int) throws(WireError) -> Bool {
        if position == 2 {
            offset += 2
            position = 0
            return true
        }
        guard input[position] == Octet.carriageReturn else {
            phase = .method
            return false
        }
        emptyLines += 1
        guard emptyLines <= Self.emptyLinesMax else { throw .malformed("too many empty lines before the request line") }
        position += 1
        phase = .startLineFeed
        return false
    }

    /// Ready for the next request on the connection.
    mutating func reset() {
        phase = .start
        position = 0
        method = nil
        methodWord = 0
        facts = HeadFacts()
        fields = []
        framing = FramingFacts()
        authority = nil
        isTrailer = false
        trailerCount = 0
        emptyLines = 0
        bodyBytesMax = .max
        bodyBytes = 0
        remaining = 0
        extensionBytes = 0
    }

    private static let emptyLinesMax = 8

    static func bodyTooLarge(_ bytesMax: Int) -> WireError {
        WireError(413, "the body is larger than \(bytesMax) bytes")
    }
}
