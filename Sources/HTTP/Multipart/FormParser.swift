/// Reads multipart/form-data (RFC 7578, RFC 2046 §5.1) as it comes: bytes in, events out, no I/O, and the same events
/// however the bytes are cut up. It takes what clients write, and nothing that two readers could read differently:
/// lines end with CRLF, nothing stands before the first delimiter or behind the last, no line of a content begins like
/// a delimiter that is none. After an error it is spent.
package struct FormParser: Sendable {
    private enum Phase {
        /// At a delimiter, of which the line is not known to be whole.
        case delimiter
        /// In a part's header section.
        case head
        case content
        case epilogue
    }

    private let limits: FormLimits
    /// `--` and the boundary.
    private let dashed: [UInt8]
    private var phase = Phase.delimiter
    private var isFirst = true
    private var partCount = 0
    /// What is not decided yet: less than a head may have, or than a delimiter has.
    private var pending: [UInt8] = []
    /// How much of `pending` holds no end of a head.
    private var scanned = 0
    /// Nothing of the content has passed yet.
    private var isContentStart = false

    private static let carriageReturn = Octet.carriageReturn
    private static let lineFeed = Octet.lineFeed
    private static let dash = UInt8(ascii: "-")

    package init(_ boundary: FormBoundary, limits: FormLimits = FormLimits()) {
        self.limits = limits
        dashed = [Self.dash, Self.dash] + boundary.bytes
    }

    /// Reads on, and gives `handle` what became certain.
    package mutating func feed(
        _ bytes: [UInt8], _ handle: (FormEvent) throws(FormError) -> Void
    ) throws(FormError) {
        guard !bytes.isEmpty else { return }
        var buffer: [UInt8] = []
        swap(&buffer, &pending)
        if buffer.isEmpty { buffer = bytes } else { buffer += bytes }
        var at = 0
        reading: while true {
            let goesOn =
                switch phase {
                case .delimiter: try delimiter(buffer, &at)
                case .head: try head(buffer, &at, handle)
                case .content: try content(buffer, &at, handle)
                case .epilogue: try epilogue(buffer, at)
                }
            guard goesOn else { break reading }
        }
        pending = Array(buffer[at...])
    }

    /// There is no more to come.
    /// - Throws: when the form has not ended.
    package mutating func finish(_ handle: (FormEvent) throws(FormError) -> Void) throws(FormError) {
        guard phase == .epilogue else { throw FormError(nil, "the form ends before its last boundary") }
        // The bytes of the closing delimiter are kept until it is certain that nothing follows.
        guard pending.last != Self.carriageReturn else { throw Self.afterEnd }
        try handle(.end(pending[...]))
        pending = []
    }

    private static let afterEnd = FormError(nil, "something stands behind the last boundary of the form")

    // MARK: Each phase reads from `at`, and answers whether another has something to read

    private mutating func delimiter(_ buffer: [UInt8], _ at: inout Int) throws(FormError) -> Bool {
        var index = at
        // RFC 2046 §5.1.1: the line end before it belongs to the delimiter; the first may stand without.
        if !isFirst || buffer.count > at && buffer[at] == Self.carriageReturn {
            guard try matches([Self.carriageReturn, Self.lineFeed], buffer, &index) else { return false }
        }
        guard try matches(dashed, buffer, &index) else { return false }
        guard buffer.count >= index + 2 else { return false }
        switch (buffer[index], buffer[index + 1]) {
        case (Self.carriageReturn, Self.lineFeed):
            partCount += 1
            guard partCount <= limits.partsMax else {
                throw FormError(nil, "the form has more than \(limits.partsMax) parts")
            }
            phase = .head
            // The empty line that ends the head may be this line's own end and one more.
            scanned = index - at
        case (Self.dash, Self.dash):
            guard !isFirst else { throw FormError(nil, "the form has no parts") }
            phase = .epilogue
        default: throw FormError(nil, "a line of the form begins with the boundary and goes on")
        }
        isFirst = false
        return true
    }

    /// - Returns: false when the buffer ends before all of `text` does.
    private func matches(_ text: [UInt8], _ buffer: [UInt8], _ index: inout Int) throws(FormError) -> Bool {
        for byte in text {
            guard index < buffer.count else { return false }
            guard buffer[index] == byte else { throw FormError(nil, "the form does not begin with its boundary") }
            index += 1
        }
        return true
    }

    private mutating func head(
        _ buffer: [UInt8], _ at: inout Int, _ handle: (FormEvent) throws(FormError) -> Void
    ) throws(FormError) -> Bool {
        let start = at
        var index = start + scanned
        let bound = min(buffer.count, start + limits.headBytesMax)
        while index + 3 < bound {
            if buffer[index] == Self.carriageReturn, buffer[index + 1] == Self.lineFeed,
                buffer[index + 2] == Self.carriageReturn, buffer[index + 3] == Self.lineFeed
            {
                let part = try FormPart(fields(buffer, start..<(index + 2)))
                at = index + 4
                phase = .content
                isContentStart = true
                try handle(.part(part, buffer[start..<at]))
                return true
            }
            index += 1
        }
        guard bound == buffer.count else {
            throw FormError(nil, "the head of a part is larger than \(limits.headBytesMax) bytes")
        }
        scanned = index - start
        return false
    }

    /// Without the delimiter's own line.
    private func fields(_ buffer: [UInt8], _ head: Range<Int>) throws(FormError) -> ArraySlice<UInt8> {
        let lineStart = buffer[head.lowerBound] == Self.carriageReturn ? head.lowerBound + 2 : head.lowerBound
        let bytes = buffer[(lineStart + dashed.count + 2)..<max(head.upperBound, lineStart + dashed.count + 2)]
        // Each line feed behind a carriage return, and none of these without: a line ends in one way only.
        var isReturn = false
        for byte in bytes {
            guard (byte == Self.lineFeed) == isReturn else {
                throw FormError(nil, "a line in the head of a part does not end with CRLF")
            }
            isReturn = byte == Self.carriageReturn
        }
        return bytes
    }

    private mutating func content(
        _ buffer: [UInt8], _ at: inout Int, _ handle: (FormEvent) throws(FormError) -> Void
    ) throws(FormError) -> Bool {
        var certain = buffer.count
        if isContentStart {
            switch delimits(buffer, at) {
            case .no: break
            case .yes: throw Self.unmarked
            case .unknown: return false
            }
        }
        var index = at
        while true {
            index = ByteRun.line(buffer.span, from: index, to: buffer.count)
            guard index < buffer.count else { break }
            let isReturned = index > at && buffer[index - 1] == Self.carriageReturn
            switch delimits(buffer, index + 1) {
            case .no: index += 1
            case .yes:
                guard isReturned else { throw Self.unmarked }
                try pass(buffer, &at, index - 1, handle)
                phase = .delimiter
                return true
            case .unknown:
                certain = isReturned ? index - 1 : index
                index = buffer.count
            }
        }
        if certain == buffer.count, buffer.last == Self.carriageReturn { certain -= 1 }
        try pass(buffer, &at, max(at, certain), handle)
        return false
    }

    private static let unmarked = FormError(
        nil, "the boundary stands in the form where no line with CRLF has ended before it")

    private enum Match {
        case yes, no
        /// As far as the buffer goes it may.
        case unknown
    }

    private func delimits(_ buffer: [UInt8], _ start: Int) -> Match {
        for offset in dashed.indices {
            guard start + offset < buffer.count else { return .unknown }
            guard buffer[start + offset] == dashed[offset] else { return .no }
        }
        return .yes
    }

    private mutating func pass(
        _ buffer: [UInt8], _ at: inout Int, _ end: Int, _ handle: (FormEvent) throws(FormError) -> Void
    ) throws(FormError) {
        guard end > at else { return }
        isContentStart = false
        let start = at
        at = end
        try handle(.content(buffer[start..<end]))
    }

    private func epilogue(_ buffer: [UInt8], _ at: Int) throws(FormError) -> Bool {
        // CRLF, the delimiter with its two dashes, and CRLF at most.
        let known = dashed.count + 4
        let rest = buffer[(at + known)...]
        let isEnd =
            rest.isEmpty || rest.elementsEqual([Self.carriageReturn])
            || rest.elementsEqual([Self.carriageReturn, Self.lineFeed])
        guard isEnd else { throw Self.afterEnd }
        return false
    }
}
