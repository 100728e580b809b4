package import JSON

extension Converse {
    package static func reply(_ body: JSONObject) throws(TranslationError) -> Reply {
        guard let blocks = body["output"]?["message"]?["content"]?.arrayValue else {
            throw .malformed("output.message.content", "must be a list")
        }
        var parts: [Part] = []
        if let word = body["stopReason"]?.stringValue, failures.contains(word) {
            throw .malformed("stopReason", "is \(word)")
        }
        for (index, block) in blocks.enumerated() {
            // What is quoted is said in its text; of where it comes from other wires have no word.
            if let quoted = block["citationsContent"]?["content"]?.arrayValue {
                let text = quoted.compactMap { $0["text"]?.stringValue }.joined()
                if !text.isEmpty { parts.append(.text(text)) }
                continue
            }
            guard let part = part(block) else {
                throw .untranslatable(
                    "output.message.content[\(index)]", "an answer of this kind has no counterpart elsewhere")
            }
            parts.append(Part(part))
        }
        return Reply(
            id: "", model: "", parts: parts, stop: stopReason(body["stopReason"]?.stringValue),
            usage: usage(of: body))
    }

    private static func part(_ block: JSONValue) -> Part.Content? {
        if let text = block["text"]?.stringValue { return .text(text) }
        if let use = block["toolUse"], let id = use["toolUseId"]?.stringValue, let name = use["name"]?.stringValue {
            return .toolCall(ToolCall(id: id, name: name, arguments: (use["input"] ?? [:]).text))
        }
        guard let content = block["reasoningContent"] else { return nil }
        if let sealed = content["redactedContent"]?.stringValue {
            return .reasoning(Reasoning(text: "", sealed: sealed))
        }
        guard let text = content["reasoningText"]?["text"]?.stringValue else { return nil }
        return .reasoning(Reasoning(text: text, signature: content["reasoningText"]?["signature"]?.stringValue))
    }
}
