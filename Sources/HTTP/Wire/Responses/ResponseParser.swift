/// Reads HTTP/1.x answers to requests other than HEAD and CONNECT (RFC 9112): bytes in, events out, no I/O. As strict
/// as `RequestParser`, since what follows an answer on a kept connection is taken for the next one: an answer whose end
/// is in doubt is an error. Lines may end with a bare LF, which §2.2 lets a recipient take.
///
/// A head must stay in the input, from its first byte on, until it is complete: the parser keeps positions, not bytes.
/// Interim answers (1xx, RFC 9110 §15.2) are passed over. After an error the parser is spent.
package struct ResponseParser: Sendable {
    enum Phase: Sendable, Equatable {
        case head
        case length(Int)
        case chunked
        /// Until the connection's end (RFC 9112 §6.3 item 8).
        case untilClose
    }

    let limits: WireLimits
    private(set) var phase = Phase.head
    /// Of the head that is being read, from its first byte.
    private var scanned = 0
    private var lineStart = 0
    private var interimCount = 0
    private var interimBytes = 0
    var facts = ResponseFacts()
    /// Where the fields stand, from the head's first byte on.
    var fields: [FieldSpan] = []
    // Bodies are framed alike in both directions (RFC 9112 §7): the reader of requests' bodies reads these too.
    private var chunks: RequestParser

    /// - Parameter limits: `headerBytesMax` bounds a head with its status line and all interim answers before it.
    package init(limits: WireLimits = WireLimits()) {
        self.limits = limits
        chunks = RequestParser(limits: limits)
    }

    /// Whether nothing of an answer has been seen.
    package var isAtStart: Bool { phase == .head && scanned == 0 && interimCount == 0 }

    /// Reads on from `offset` and moves it past what is done with. After the end it is ready for the connection's next
    /// answer.
    package mutating func next(_ input: Span<UInt8>, _ offset: inout Int) throws(WireError) -> ResponseEvent {
        switch phase {
        case .head: return try head(input, &offset)
        case .length(let count): return data(count, input, &offset)
        case .untilClose:
            guard offset < input.count else { return .needMore }
            defer { offset = input.count }
            return .data(offset..<input.count)
        case .chunked: return try chunk(input, &offset)
        }
    }

    /// Whether an answer that is being read is whole when the connection ends now.
    package var endsWithConnection: Bool { phase == .untilClose }

    private mutating func end() -> ResponseEvent {
        let isPersistent = facts.isPersistent
        reset()
        return .end(isPersistent: isPersistent)
    }

    private mutating func reset() {
        phase = .head
        scanned = 0
        lineStart = 0
        interimCount = 0
        interimBytes = 0
        facts = ResponseFacts()
        fields.removeAll(keepingCapacity: true)
    }

    /// The value of a field of the head that was just read, as a range of the input that held it.
    /// - Parameters:
    ///   - name: in lower case; the first of that name counts.
    ///   - end: `offset` as it was when `next` gave the head.
    package func value(of name: StaticString, in input: Span<UInt8>, headEnd end: Int) -> Range<Int>? {
        let start = end - scanned
        for field in fields where field.name.count == name.utf8CodeUnitCount {
            let here = (start + Int(field.nameStart))..<(start + Int(field.nameEnd))
            guard FieldName.equals(input, here, name) else { continue }
            return (start + Int(field.valueStart))..<(start + Int(field.valueEnd))
        }
        return nil
    }

    // MARK: Heads

    private mutating func head(_ whole: Span<UInt8>, _ offset: inout Int) throws(WireError) -> ResponseEvent {
        let input = whole.extracting(offset..<whole.count)
        let bound = min(input.count, limits.headerBytesMax - interimBytes)
        while scanned < bound {
            scanned = ByteRun.line(input, from: scanned, to: bound)
            guard scanned < bound else { break }
            var end = scanned
            if end > lineStart, input[end - 1] == Octet.carriageReturn { end -= 1 }
            let line = lineStart..<end
            scanned += 1
            let isFirst = lineStart == 0
            lineStart = scanned
            if line.isEmpty, !isFirst {
                if try finishHead() {
                    offset += scanned
                    return .head(
                        status: facts.status, length: facts.hasTransferEncoding ? nil : facts.contentLength)
                }
                offset += scanned
                scanned = 0
                lineStart = 0
                return try head(whole, &offset)
            }
            if isFirst { try readStatusLine(input, line) } else { try readField(input, line) }
        }
        guard bound == input.count else {
            throw WireError(431, "the head of the answer is larger than \(limits.headerBytesMax) bytes")
        }
        return .needMore
    }

    /// - Returns: false for an interim answer: another head follows.
    private mutating func finishHead() throws(WireError) -> Bool {
        guard facts.status >= 200 else {
            // RFC 9110 §15.2.2: 101 answers an Upgrade, which was not asked for.
            guard facts.status != 101 else { throw .malformed("the answer switches protocols unasked") }
            interimCount += 1
            interimBytes += scanned
            guard interimCount <= Self.interimMax else { throw .malformed("too many interim answers") }
            facts = ResponseFacts()
            fields.removeAll(keepingCapacity: true)
            return false
        }
        phase = try facts.bodyPhase()
        if phase == .chunked {
            chunks.reset()
            chunks.startChunk()
        }
        return true
    }

    // MARK: Bodies

    private mutating func data(_ count: Int, _ input: Span<UInt8>, _ offset: inout Int) -> ResponseEvent {
        guard count > 0 else { return end() }
        let taken = min(count, input.count - offset)
        guard taken > 0 else { return .needMore }
        phase = .length(count - taken)
        defer { offset += taken }
        return .data(offset..<(offset + taken))
    }

    private mutating func chunk(_ input: Span<UInt8>, _ offset: inout Int) throws(WireError) -> ResponseEvent {
        switch try chunks.next(input, &offset) {
        case .data(let range):
            // A long stream may carry a short extension on each of its chunks: every byte of data buys another.
            chunks.extensionBytes = max(0, chunks.extensionBytes - range.count)
            return .data(range)
        case .end: return end()
        case .needMore, .head: return .needMore
        }
    }

    /// More would be no answer but an attack; curl's own bound is on bytes alone.
    private static let interimMax = 16
}
