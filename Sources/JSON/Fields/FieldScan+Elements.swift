package extension FieldScan {
    /// The first element of an array; nil when it is empty.
    /// - Throws: when the range does not start with an array.
    static func firstElement(of array: Field, in bytes: [UInt8]) throws(JSONError) -> Field? {
        try firstElements(of: array, in: bytes, countMax: 1).first
    }

    /// All elements of an array.
    static func elements(of array: Field, in bytes: [UInt8]) throws(JSONError) -> [Field] {
        try firstElements(of: array, in: bytes, countMax: .max)
    }

    private static func firstElements(
        of array: Field, in bytes: [UInt8], countMax: Int
    ) throws(JSONError) -> [Field] {
        try bytes.walking(range: array.value) { walker throws(JSONError) in
            var elements: [Field] = []
            guard walker.current == .openBracket else { throw walker.failure("expected an array") }
            walker.at += 1
            walker.skipWhitespace()
            while elements.count < countMax, walker.current != .closeBracket || !elements.isEmpty {
                let start = walker.at
                guard let kind = walker.kind(of: walker.current) else { throw walker.failure("expected a JSON value") }
                try walker.skipValue(depth: 1)
                elements.append(Field(key: start..<start, value: start..<walker.at, kind: kind))
                walker.skipWhitespace()
                if walker.current == .closeBracket { break }
                guard walker.current == .comma else { throw walker.failure("expected ',' or ']' in an array") }
                walker.at += 1
                walker.skipWhitespace()
            }
            return elements
        }
    }
}
