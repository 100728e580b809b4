package extension FieldScan {
    /// The first element of an array; nil when it is empty.
    /// - Throws: when the range does not start with an array.
    static func firstElement(of array: Field, in bytes: [UInt8]) throws(JSONError) -> Field? {
        try bytes.walking(range: array.value) { walker throws(JSONError) in
            try enter(&walker)
            return walker.current == .closeBracket ? nil : try element(&walker)
        }
    }

    /// All elements of an array.
    static func elements(of array: Field, in bytes: [UInt8]) throws(JSONError) -> [Field] {
        try bytes.walking(range: array.value) { walker throws(JSONError) in
            var elements: [Field] = []
            try enter(&walker)
            while walker.current != .closeBracket || !elements.isEmpty {
                elements.append(try element(&walker))
                walker.skipWhitespace()
                if walker.current == .closeBracket { break }
                guard walker.current == .comma else { throw walker.failure("expected ',' or ']' in an array") }
                walker.at += 1
                walker.skipWhitespace()
            }
            return elements
        }
    }

    private static func enter(_ walker: inout JSONWalker) throws(JSONError) {
        guard walker.current == .openBracket else { throw walker.failure("expected an array") }
        walker.at += 1
        walker.skipWhitespace()
    }

    private static func element(_ walker: inout JSONWalker) throws(JSONError) -> Field {
        let start = walker.at
        guard let kind = walker.kind(of: walker.current) else { throw walker.failure("expected a JSON value") }
        try walker.skipValue(depth: 1)
        return Field(key: start..<start, value: start..<walker.at, kind: kind)
    }
}
