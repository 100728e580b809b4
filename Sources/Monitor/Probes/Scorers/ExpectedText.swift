import JSON

/// The texts that an example takes for right: a string or number is one, an array of them is several, any of which will
/// do (as in SQuAD, whose questions have more than one reference answer).
enum ExpectedText {
    /// - Returns: empty when `expected` holds no text.
    static func alternatives(_ expected: JSONValue) -> [String] {
        switch expected {
        case .string(let text): [text]
        case .integer, .number, .bool: [expected.text]
        case .array(let items): items.flatMap { $0.arrayValue == nil ? alternatives($0) : [] }
        case .null, .object: []
        }
    }

    static let absent = Score.unscored("the example expects no text")
}
