import JSON

extension AnthropicMessages {
    static func message(_ object: JSONObject, _ index: Int) throws(TranslationError) -> Message {
        try object.refuseOthers(than: ["role", "content"], by: "other wires")
        guard let content = object["content"] else { throw .malformed("content", "is missing") }
        switch try object.text("role") {
        case "user": return Message(.user, try blocks(content), index: index)
        case "assistant": return Message(.assistant, try blocks(content), index: index)
        case "system": return Message(.system, try texts(content, "content"), index: index)
        default: throw .malformed("role", "must be user, assistant or system")
        }
    }

    /// A string, or a list of text blocks.
    static func texts(_ value: JSONValue, _ field: String) throws(TranslationError) -> [Part] {
        if let text = value.stringValue { return [.text(text)] }
        var parts: [Part] = []
        for (index, item) in try value.list(field).enumerated() {
            do throws(TranslationError) {
                let block = try item.members("")
                guard try block.text("type") == "text" else { throw .untranslatable("type", "must be text") }
                parts.append(try part(block))
            } catch {
                throw error.inside(TranslationError.element(field, index))
            }
        }
        return parts
    }

    private static func blocks(_ value: JSONValue) throws(TranslationError) -> [Part] {
        if let text = value.stringValue { return [.text(text)] }
        var parts: [Part] = []
        for (index, item) in try value.list("content").enumerated() {
            do throws(TranslationError) {
                let block = try item.members("")
                if let known = members[block["type"]?.stringValue ?? ""] {
                    try block.refuseOthers(than: known, by: "other wires")
                }
                parts.append(try part(block))
            } catch {
                throw error.inside(TranslationError.element("content", index))
            }
        }
        return parts
    }

    /// Of the blocks that answers have too, where more may stand: what a caller may send back. Who called a tool is
    /// told of every call, and is the model for all that has a counterpart elsewhere.
    private static let members: [String: Set<String>] = [
        "thinking": ["type", "thinking", "signature", "cache_control"],
        "redacted_thinking": ["type", "data", "cache_control"],
        "tool_use": ["type", "id", "name", "input", "caller", "cache_control"],
    ]

    /// Reads a block of a request, or of an answer.
    static func part(_ block: JSONObject) throws(TranslationError) -> Part {
        let type = try block.text("type")
        let content: Part.Content
        switch type {
        case "text":
            try block.refuseOthers(than: ["type", "text", "cache_control"], by: "other wires")
            content = .text(try block.text("text"))
        case "image":
            try block.refuseOthers(than: ["type", "source", "cache_control"], by: "other wires")
            content = .image(Media(try source(block)))
        case "document": content = .document(try document(block))
        case "thinking":
            content = .reasoning(
                Reasoning(text: try block.text("thinking"), signature: block["signature"]?.stringValue))
        case "redacted_thinking": content = .reasoning(Reasoning(text: "", sealed: try block.text("data")))
        case "tool_use":
            content = .toolCall(
                ToolCall(
                    id: try block.text("id"), name: try block.text("name"),
                    arguments: (block["input"] ?? [:]).text))
        case "tool_result": content = .toolResult(try toolResult(block))
        default: throw .untranslatable("type", "a block of type \(type) is Anthropic's alone")
        }
        return Part(content, cachePoint: OpenAIChat.cachePoint(block))
    }

    private static func toolResult(_ block: JSONObject) throws(TranslationError) -> ToolResult {
        try block.refuseOthers(
            than: ["type", "tool_use_id", "content", "is_error", "cache_control"], by: "other wires")
        let parts = try block.given("content").map { value throws(TranslationError) in try blocks(value) } ?? []
        return ToolResult(
            callID: try block.text("tool_use_id"), parts: parts,
            isError: try block.given("is_error")?.flag("is_error") ?? false)
    }

    private static func document(_ block: JSONObject) throws(TranslationError) -> Media {
        if block["citations"]?["enabled"]?.boolValue == true {
            throw .untranslatable("citations", "citations are Anthropic's alone")
        }
        try block.refuseOthers(than: ["type", "source", "title", "citations", "cache_control"], by: "other wires")
        return Media(try source(block), title: block["title"]?.stringValue)
    }

    private static func source(_ block: JSONObject) throws(TranslationError) -> Media.Source {
        guard let source = block["source"]?.objectValue else { throw .malformed("source", "must be an object") }
        do throws(TranslationError) {
            switch try source.text("type") {
            case "base64":
                return .base64(mediaType: try source.text("media_type"), data: try source.text("data"))
            case "url": return .url(try source.text("url"))
            case "file": return .file(try source.text("file_id"))
            case "text": return .text(try source.text("data"))
            case let type: throw .untranslatable("type", "a source of type \(type) is Anthropic's alone")
            }
        } catch {
            throw error.inside("source")
        }
    }
}
