/// RFC 9112 §3.2 and §6: the fields that decide where a request goes and where it ends.
extension RequestParser {
    /// Sorts by length first: most fields are none of these.
    mutating func noteField(_ input: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>) throws(WireError) {
        switch name.count {
        case 4 where FieldName.equals(input, name, "host"): try noteHost(input, value)
        case 6 where FieldName.equals(input, name, "expect"): noteExpectation(input, value)
        case 8 where FieldName.equals(input, name, "if-match"): facts.hasEntityTags = true
        case 10 where FieldName.equals(input, name, "connection"): facts.connection.note(input, value)
        case 12 where FieldName.equals(input, name, "content-type"):
            guard !framing.hasContentType else { throw Self.repeated("Content-Type") }
            framing.hasContentType = true
        case 12 where FieldName.equals(input, name, "x-request-id"):
            if facts.requestIDField == nil { facts.requestIDField = fields.count - 1 }
        case 13 where FieldName.equals(input, name, "authorization"):
            guard !framing.hasAuthorization else { throw Self.repeated("Authorization") }
            framing.hasAuthorization = true
        case 13 where FieldName.equals(input, name, "if-none-match"): facts.hasEntityTags = true
        case 14 where FieldName.equals(input, name, "content-length"): try noteLength(input, value)
        case 15 where FieldName.equals(input, name, "accept-encoding"): noteAcceptEncoding(input, value)
        case 16 where FieldName.equals(input, name, "content-encoding"): noteContentEncoding(input, value)
        case 17 where FieldName.equals(input, name, "transfer-encoding"): try noteCodings(input, value)
        default: break
        }
    }

    mutating func finishHead(_ input: Span<UInt8>) throws(WireError) -> RequestEvent {
        // §3.2: an HTTP/1.1 request has one Host field.
        if framing.host == nil, facts.minorVersion > 0, limits.demandsHost {
            throw .malformed("the field Host is missing")
        }
        if framing.hasUnderscore { try refuseTwins(input) }
        let body = try bodyFraming()
        // §3.2.2: the authority of an absolute target stands in place of Host.
        if let authority, let host = framing.host {
            fields[host].valueStart = UInt32(authority.lowerBound)
            fields[host].valueEnd = UInt32(authority.upperBound)
        }
        guard let method else { throw WireError(501, "the method is not known here") }
        let bytes = Array(copying: input.extracting(0..<position))
        let head = RequestHead(method: method, bytes: bytes, fields: fields, facts: facts)
        switch body {
        case .none: reset()
        case .length(let count):
            fields = []
            remaining = count
            phase = .fixedBody
        case .chunked:
            fields = []
            startChunk()
        }
        return .head(head, body)
    }

    private func bodyFraming() throws(WireError) -> BodyFraming {
        guard framing.hasTransferEncoding else {
            guard let length = framing.contentLength, length > 0 else { return .none }
            return .length(length)
        }
        // §6.1, and §6.3 item 4 for the body whose end nobody can tell.
        if framing.hasUnregisteredCoding { throw Self.unknownCoding }
        guard framing.endsWithChunked else { throw .malformed("the last coding of Transfer-Encoding must be chunked") }
        guard !framing.hasOtherCoding else { throw Self.unknownCoding }
        return .chunked
    }

    private mutating func noteHost(_ input: Span<UInt8>, _ value: Range<Int>) throws(WireError) {
        guard framing.host == nil else { throw Self.repeated("Host") }
        guard Authority.isValid(input, value, portRequired: false) else {
            throw .malformed("the field Host is not a host with an optional port")
        }
        framing.host = fields.count - 1
    }

    /// RFC 9110 §8.6: digits. A list of equal numbers could be repaired; whoever sends one is not to be trusted.
    private mutating func noteLength(_ input: Span<UInt8>, _ value: Range<Int>) throws(WireError) {
        guard framing.contentLength == nil else { throw Self.repeated("Content-Length") }
        guard !framing.hasTransferEncoding else { throw Self.bothFramings }
        guard !value.isEmpty else { throw .malformed("the field Content-Length is empty") }
        var length = 0
        for index in value {
            guard Octet.isDigit(input[index]) else { throw .malformed("the field Content-Length is not a number") }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(input[index] - 0x30))
            guard !overflow, !carry else { throw .malformed("the field Content-Length is too large") }
            length = sum
        }
        framing.contentLength = length
    }

    private mutating func noteCodings(_ input: Span<UInt8>, _ value: Range<Int>) throws(WireError) {
        // §6.1: HTTP/1.0 has no transfer codings; a message that has both framings may be an attack.
        guard facts.minorVersion > 0 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
        guard framing.contentLength == nil else { throw Self.bothFramings }
        framing.hasTransferEncoding = true
        var isEmpty = true
        var elements = ListElements(value)
        while let element = elements.next(input) {
            isEmpty = false
            guard !framing.endsWithChunked else {
                throw .malformed("chunked must be the last coding of Transfer-Encoding, and only once")
            }
            if FieldName.equals(input, element, "chunked") {
                framing.endsWithChunked = true
            } else if Self.registeredCodings.contains(where: { FieldName.equals(input, element, $0) }) {
                framing.hasOtherCoding = true
            } else {
                framing.hasUnregisteredCoding = true
            }
        }
        guard !isEmpty else { throw .malformed("the field Transfer-Encoding is empty") }
    }

    private mutating func noteAcceptEncoding(_ input: Span<UInt8>, _ value: Range<Int>) {
        if facts.acceptEncodingField == nil { facts.acceptEncodingField = fields.count - 1 }
        for index in value where input[index] == UInt8(ascii: ";") {
            facts.weighsEncodings = true
            return
        }
    }

    /// RFC 9110 §8.4: a list; identity should not stand in it, and changes nothing.
    private mutating func noteContentEncoding(_ input: Span<UInt8>, _ value: Range<Int>) {
        var elements = ListElements(value)
        while let element = elements.next(input) {
            if FieldName.equals(input, element, "identity") { continue }
            facts.contentCoding = facts.hasContentEncoding ? nil : ContentCoding(input, element)
            facts.hasContentEncoding = true
        }
    }

    /// RFC 9110 §10.1.1; an HTTP/1.0 client cannot mean it.
    private mutating func noteExpectation(_ input: Span<UInt8>, _ value: Range<Int>) {
        guard facts.minorVersion > 0 else { return }
        let isKnown = FieldName.equals(input, value, "100-continue")
        facts.expectation = isKnown && facts.expectation != .unknown ? .continue : .unknown
    }

    /// A gateway behind us, or one before us, may read `X_A` as `X-A`: both in one request is an attempt at something.
    private func refuseTwins(_ input: Span<UInt8>) throws(WireError) {
        for index in fields.indices {
            for other in fields[(index + 1)...]
            where FieldName.areTwins(input, fields[index].name, other.name)
                && !FieldName.areEqual(input, fields[index].name, other.name)
            {
                throw .malformed("two header fields differ only by _ and -")
            }
        }
    }

    private static let registeredCodings: [StaticString] = ["gzip", "x-gzip", "deflate", "compress", "x-compress"]
    private static let unknownCoding = WireError(501, "of the transfer codings only chunked is known here")
    private static let bothFramings = WireError.malformed("Content-Length and Transfer-Encoding must not both be given")
    private static func repeated(_ name: String) -> WireError { .malformed("the field \(name) is given twice") }
}
