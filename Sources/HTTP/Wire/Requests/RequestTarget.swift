/// The four forms of a request target (RFC 9112 §3.2).
enum RequestTarget {
    /// Finds path, query and authority in `facts.target`. The target's bytes are printable ASCII already.
    /// - Returns: where the authority stands, for the absolute and the authority form.
    static func resolve(
        _ input: Span<UInt8>, _ method: Method?, _ facts: inout HeadFacts
    ) throws(WireError) -> Range<Int>? {
        let target = facts.target
        guard !target.isEmpty else { throw .malformed("the request target is empty") }
        if method == .connect {
            // §3.2.3: host and port, nothing else.
            guard Authority.isValid(input, target, portRequired: true) else {
                throw .malformed("the target of CONNECT must be host:port")
            }
            facts.path = target.upperBound..<target.upperBound
            return target
        }
        let first = input[target.lowerBound]
        if first == UInt8(ascii: "/") {
            split(input, &facts, pathFrom: target.lowerBound)
            return nil
        }
        if first == UInt8(ascii: "*"), target.count == 1 {
            // §3.2.4: only OPTIONS asks about the server as a whole. A method we do not know gets its 501 later.
            guard method == .options || method == nil else {
                throw .malformed("the target * is only for OPTIONS")
            }
            facts.path = target
            return nil
        }
        guard let afterScheme = endOfScheme(input, target) else {
            throw .malformed("the request target must start with / or with http://")
        }
        return try absolute(input, &facts, authorityFrom: afterScheme)
    }

    /// Divides what starts at `start` into path and query. A fragment is not part of a target (RFC 9112 §3.2), but
    /// clients have been seen to send one; it is cut off.
    static func split(_ input: Span<UInt8>, _ facts: inout HeadFacts, pathFrom start: Int) {
        var end = facts.target.upperBound
        var question: Int?
        var index = start
        while index < end {
            let byte = input[index]
            if byte == UInt8(ascii: "#") {
                end = index
            } else if byte == UInt8(ascii: "?"), question == nil {
                question = index
            }
            index += 1
        }
        facts.path = start..<(question ?? end)
        facts.query = question.map { ($0 + 1)..<end }
    }

    /// §3.2.2. User information before the host is skipped: nothing here trusts it.
    private static func absolute(
        _ input: Span<UInt8>, _ facts: inout HeadFacts, authorityFrom start: Int
    ) throws(WireError) -> Range<Int> {
        var hostStart = start
        var end = start
        while end < facts.target.upperBound, !isEndOfAuthority(input[end]) {
            if input[end] == UInt8(ascii: "@") { hostStart = end + 1 }
            end += 1
        }
        let authority = hostStart..<end
        guard Authority.isValid(input, authority, portRequired: false) else {
            throw .malformed("the authority of the request target is not a valid host")
        }
        split(input, &facts, pathFrom: end)
        return authority
    }

    private static func isEndOfAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// The index after `http://` or `https://`, in any case (RFC 3986 §3.1).
    private static func endOfScheme(_ input: Span<UInt8>, _ target: Range<Int>) -> Int? {
        for scheme: StaticString in ["http://", "https://"] where FieldName.hasPrefix(input, target, scheme) {
            return target.lowerBound + scheme.utf8CodeUnitCount
        }
        return nil
    }
}
