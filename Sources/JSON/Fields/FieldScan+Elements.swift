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
        var elements: [Field] = []
        try forEach(of: array, in: bytes) { elements.append($0) }
        return elements
    }

    /// How many elements an array has.
    static func elementCount(of array: Field, in bytes: [UInt8]) throws(JSONError) -> Int {
        var count = 0
        try forEach(of: array, in: bytes) { _ in count += 1 }
        return count
    }

    private static func forEach(
        of array: Field, in bytes: [UInt8], _ body: (Field) -> Void
    ) throws(JSONError) {
        try bytes.walking(range: array.value) { walker throws(JSONError) in
            try enter(&walker)
            var isFirst = true
            while walker.current != .closeBracket || !isFirst {
                isFirst = false
                body(try element(&walker))
                walker.skipWhitespace()
                if walker.current == .closeBracket { break }
                guard walker.current == .comma else { throw walker.failure("expected ',' or ']' in an array") }
                walker.at += 1
                walker.skipWhitespace()
            }
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
