/// What an Accept-Encoding field wants (RFC 9110 §12.5.3). Elements that cannot be read ask for nothing.
struct AcceptEncoding: Equatable {
    // Weights in thousandths; nil for what is not named.
    private var gzip: Int?
    private var deflate: Int?
    private var identity: Int?
    private var others: Int?

    /// - Parameter values: of every such field, which together are one list.
    init(_ values: [ArraySlice<UInt8>]) {
        for value in values {
            let bytes = Array(value)
            var elements = ListElements(0..<bytes.count)
            while let element = elements.next(bytes.span) { note(bytes.span, element) }
        }
    }

    /// The coding to send; nil for none. Of equals, gzip.
    var preferred: ContentCoding? {
        let gzip = gzip ?? others ?? 0
        let deflate = deflate ?? others ?? 0
        let best = max(gzip, deflate)
        // Only who names identity can like it better; else it is what is left when nothing fits.
        guard best > 0, best >= identity ?? 0 else { return nil }
        return gzip >= deflate ? .gzip : .deflate
    }

    /// Whether a body may go out as it is: unless `identity;q=0` says no, or `*;q=0` without a word of identity.
    var allowsIdentity: Bool { identity ?? others ?? 1 > 0 }

    private mutating func note(_ input: Span<UInt8>, _ element: Range<Int>) {
        var nameEnd = element.lowerBound
        while nameEnd < element.upperBound, Octet.isToken(input[nameEnd]) { nameEnd += 1 }
        guard nameEnd > element.lowerBound, let weight = Self.weight(input, nameEnd..<element.upperBound) else {
            return
        }
        let name = element.lowerBound..<nameEnd
        switch ContentCoding(input, name) {
        case .gzip: gzip = max(gzip ?? 0, weight)
        case .deflate: deflate = max(deflate ?? 0, weight)
        case nil:
            if FieldName.equals(input, name, "identity") { identity = max(identity ?? 0, weight) }
            if FieldName.equals(input, name, "*") { others = max(others ?? 0, weight) }
        }
    }

    /// `OWS ";" OWS "q=" qvalue` (RFC 9110 §12.4.2), or nothing, which is 1.
    private static func weight(_ input: Span<UInt8>, _ rest: Range<Int>) -> Int? {
        var index = rest.lowerBound
        func skip() { while index < rest.upperBound, Octet.isWhitespace(input[index]) { index += 1 } }
        skip()
        if index == rest.upperBound { return 1_000 }
        guard input[index] == UInt8(ascii: ";") else { return nil }
        index += 1
        skip()
        guard FieldName.hasPrefix(input, index..<rest.upperBound, "q=") else { return nil }
        return thousandths(input, (index + 2)..<rest.upperBound)
    }

    /// 0 to 1 with at most three decimals.
    private static func thousandths(_ input: Span<UInt8>, _ digits: Range<Int>) -> Int? {
        guard let first = digits.first, digits.count <= 5 else { return nil }
        guard input[first] == UInt8(ascii: "0") || input[first] == UInt8(ascii: "1") else { return nil }
        var value = Int(input[first] - 0x30)
        if digits.count > 1, input[first + 1] != UInt8(ascii: ".") { return nil }
        for offset in 2..<5 {
            var digit = 0
            if offset < digits.count {
                guard Octet.isDigit(input[first + offset]) else { return nil }
                digit = Int(input[first + offset] - 0x30)
            }
            value = value * 10 + digit
        }
        return value <= 1_000 ? value : nil
    }
}
