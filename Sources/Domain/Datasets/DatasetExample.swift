package import JSON

/// One case of a golden dataset: what goes into a variant, and what should come out.
package struct DatasetExample: Sendable, Hashable {
    package enum Input: Sendable, Hashable {
        /// The caller's messages, as an array in the chat format.
        case messages(JSONValue)
        /// The values of the prompt's variables; the prompt is then the whole request.
        case variables(JSONObject)
    }

    package let id: String
    package let input: Input
    package let expected: JSONValue
    package let tags: [String]

    package init(id: String, input: Input, expected: JSONValue, tags: [String] = []) {
        self.id = id
        self.input = input
        self.expected = expected
        self.tags = tags
    }
}

package extension DatasetExample.Input {
    /// Reads `{"messages":[…]}` or `{"variables":{…}}`.
    /// - Returns: nil unless it is exactly one of the two.
    init?(_ value: JSONValue) {
        guard let object = value.objectValue, object.count == 1 else { return nil }
        if let messages = object["messages"], messages.arrayValue != nil {
            self = .messages(messages)
        } else if let variables = object["variables"]?.objectValue {
            self = .variables(variables)
        } else {
            return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .messages(let messages): ["messages": messages]
        case .variables(let variables): ["variables": .object(variables)]
        }
    }
}
