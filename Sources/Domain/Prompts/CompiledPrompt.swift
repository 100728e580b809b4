package import JSON

/// A prompt version made ready to render: parsed once when the routing table is built, rendered for each request.
package struct CompiledPrompt: Sendable {
    package enum Content: Sendable {
        case text(PromptTemplate)
        case chat([PromptMessage])
    }

    /// What a missing variable is called, all of them at once.
    package struct MissingVariables: Error, Equatable {
        package let names: [String]
    }

    /// Rendered chat messages as JSON, ready to be spliced around the caller's: comma-separated, without brackets.
    package struct Messages: Sendable {
        package var before: [UInt8]
        package var after: [UInt8]
    }

    package let content: Content
    /// Default request parameters of the version, below the variant's own.
    package let parameters: JSONObject
    package let responseFormat: JSONValue?
    private let constant: Messages?

    package init(content: Content, parameters: JSONObject = [:], responseFormat: JSONValue? = nil) {
        self.content = content
        self.parameters = parameters
        self.responseFormat = responseFormat
        let templates =
            switch content {
            case .text(let template): [template]
            case .chat(let messages): messages.flatMap(\.templates)
            }
        var missing = [String]()
        constant = templates.allSatisfy(\.isConstant) ? Self.messages(content, [:], missing: &missing) : nil
    }

    /// The variables that every rendering needs, in order of first use.
    package var variables: [String] {
        var seen = Set<String>()
        let templates =
            switch content {
            case .text(let template): [template]
            case .chat(let messages): messages.flatMap(\.templates)
            }
        return templates.flatMap(\.variables).filter { seen.insert($0).inserted }
    }

    /// For the gateway. A text prompt becomes one system message before the caller's.
    package func messages(_ values: JSONObject) throws(MissingVariables) -> Messages {
        if let constant { return constant }
        var missing = [String]()
        let messages = Self.messages(content, values, missing: &missing)
        guard missing.isEmpty else { throw MissingVariables(names: missing) }
        return messages
    }

    /// For the render route: `{"messages":[…]}` or `{"text":…}`; a placeholder stays as it was written.
    package func rendered(_ values: JSONObject) throws(MissingVariables) -> JSONValue {
        var missing = [String]()
        let result: JSONValue
        switch content {
        case .text(let template):
            result = ["text": .string(template.render(values, missing: &missing))]
        case .chat(let messages):
            var items = [JSONValue]()
            for message in messages {
                if case .placeholder(let name) = message {
                    items.append(["role": "placeholder", "name": .string(name)])
                } else if let item = message.rendered(values, missing: &missing) {
                    items.append(item)
                }
            }
            result = ["messages": .array(items)]
        }
        guard missing.isEmpty else { throw MissingVariables(names: missing) }
        return result
    }

    private static func messages(_ content: Content, _ values: JSONObject, missing: inout [String]) -> Messages {
        var result = Messages(before: [], after: [])
        switch content {
        case .text(let template):
            let text = template.render(values, missing: &missing)
            append(["role": "system", "content": .string(text)], to: &result.before)
        case .chat(let messages):
            var isAfter = false
            for message in messages {
                guard let item = message.rendered(values, missing: &missing) else {
                    isAfter = true
                    continue
                }
                if isAfter {
                    append(item, to: &result.after)
                } else {
                    append(item, to: &result.before)
                }
            }
        }
        return result
    }

    private static func append(_ message: JSONValue, to bytes: inout [UInt8]) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: message.encoded())
    }
}
