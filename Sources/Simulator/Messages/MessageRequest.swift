import JSON

/// What the simulation reads of a request in Anthropic's format; everything else is taken and left alone.
struct MessageRequest {
    /// What it comes to.
    let chat: ChatRequest
    /// Whether the answer begins with a thought.
    let isThinking: Bool

    /// Throws what the vendor would answer to a request that cannot be read.
    /// - Parameter isCount: whether only tokens are to be counted, which needs no limit of them.
    init(_ body: [UInt8], isCount: Bool) throws(VendorError) {
        guard let value = try? JSONValue(parsing: body), value.objectValue != nil else {
            throw .invalid("The request body is not valid JSON")
        }
        guard let model = value["model"]?.stringValue else { throw .invalid("model: Field required") }
        guard isCount || value["max_tokens"]?.intValue.map({ $0 > 0 }) == true else {
            throw .invalid("max_tokens: Field required")
        }
        guard let messages = value["messages"]?.arrayValue, !messages.isEmpty else {
            throw .invalid("messages: at least one message is required")
        }
        for (index, message) in messages.enumerated() {
            guard message["role"] == "user" || message["role"] == "assistant" else {
                throw .invalid("messages.\(index).role: Input should be 'user' or 'assistant'")
            }
        }
        let last = messages.last { $0["role"] == "user" }
        let endsWithResult = messages.last?["content"]?.arrayValue?.contains { $0["type"] == "tool_result" } == true
        chat = ChatRequest(
            model: model, isStreamed: value["stream"] == true, question: Self.text(last?["content"]),
            promptTokens: max(1, body.count / 4), tool: endsWithResult ? nil : try Self.tool(value),
            format: value["output_config"]?["format"]?["schema"].map { .schema($0) } ?? .text)
        let thinking = value["thinking"]?["type"]
        isThinking = thinking == "enabled" || thinking == "adaptive"
    }

    private static func text(_ content: JSONValue?) -> String {
        if let text = content?.stringValue { return text }
        return (content?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
    }

    /// The first, or the one that the caller names.
    private static func tool(_ value: JSONValue) throws(VendorError) -> ChatRequest.Tool? {
        let choice = value["tool_choice"]
        guard choice?["type"] != "none", let tools = value["tools"]?.arrayValue else { return nil }
        let wanted = choice?["name"]?.stringValue
        for (index, tool) in tools.enumerated() {
            guard let name = tool["name"]?.stringValue, let schema = tool["input_schema"] else {
                throw .invalid("tools.\(index).input_schema: Field required")
            }
            if wanted == nil || wanted == name { return ChatRequest.Tool(name: name, parameters: schema) }
        }
        guard let wanted else { return nil }
        throw .invalid("Tool '\(wanted)' not found in provided tools")
    }
}
