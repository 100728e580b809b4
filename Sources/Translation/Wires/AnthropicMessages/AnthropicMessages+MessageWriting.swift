package import JSON

extension AnthropicMessages {
    /// Instructions before the turns: text alone where it can be, else blocks; nil for none.
    static func texts(_ parts: [Part], _ message: Message) throws(TranslationError) -> JSONValue? {
        try content(parts, of: message)
    }

    /// The messages alone, for a prompt around a caller's own.
    package static func messages(_ messages: [Message]) throws(TranslationError) -> [JSONValue] {
        var values: [JSONValue] = []
        values.reserveCapacity(messages.count)
        for message in messages where message.role != .system {
            guard let content = try content(message.parts, of: message) else { continue }
            values.append(["role": .string(message.role.rawValue), "content": content])
        }
        return values
    }

    /// - Returns: nil where nothing is left of it.
    static func content(_ parts: [Part], of message: Message) throws(TranslationError) -> JSONValue? {
        if parts.count == 1, parts[0].cachePoint == nil, let text = parts[0].text {
            if parts[0].isBlank { return nil }
            return .string(text)
        }
        var blocks: [JSONValue] = []
        blocks.reserveCapacity(parts.count)
        for (index, part) in parts.enumerated() {
            guard var block = try block(part, index, message) else { continue }
            if let point = part.cachePoint { block["cache_control"] = cacheControl(point) }
            blocks.append(.object(block))
        }
        if blocks.isEmpty { return nil }
        return .array(blocks)
    }

    static func cacheControl(_ point: CachePoint) -> JSONValue {
        guard let lifetime = point.lifetime else { return ["type": "ephemeral"] }
        return ["type": "ephemeral", "ttl": .string(lifetime)]
    }

    /// - Returns: nil for what is left out.
    private static func block(
        _ part: Part, _ index: Int, _ message: Message
    ) throws(TranslationError) -> JSONObject? {
        switch part.content {
        case .text(let text): return part.isBlank ? nil : ["type": "text", "text": .string(text)]
        case .refusal(let text): return Part.text(text).isBlank ? nil : ["type": "text", "text": .string(text)]
        case .image(let image):
            guard image.detail == nil else {
                throw message.unsupported("content[\(index)].image_url.detail", "detail has no counterpart in \(name)")
            }
            return ["type": "image", "source": try source(image, index, message)]
        case .document(let document):
            var block: JSONObject = ["type": "document", "source": try source(document, index, message)]
            if let title = document.title { block["title"] = .string(title) }
            return block
        case .audio: throw message.unsupported("content[\(index)]", "audio has no counterpart in \(name)")
        case .reasoning(let reasoning):
            if let sealed = reasoning.sealed { return ["type": "redacted_thinking", "data": .string(sealed)] }
            guard let signature = reasoning.signature, !signature.isEmpty else { return nil }
            return ["type": "thinking", "thinking": .string(reasoning.text), "signature": .string(signature)]
        case .toolCall(let call):
            guard let input = input(call) else {
                throw message.unsupported(
                    "tool_calls", "the arguments of the call \(call.id) must be a JSON object in \(name)")
            }
            return ["type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input]
        case .toolResult(let result):
            var block: JSONObject = ["type": "tool_result", "tool_use_id": .string(result.callID)]
            if let content = try content(result.parts, of: message) { block["content"] = content }
            if result.isError { block["is_error"] = true }
            return block
        }
    }

    /// The arguments as the object that they have to be; nil where they are none.
    static func input(_ call: ToolCall) -> JSONValue? {
        if call.arguments.utf8.allSatisfy({ $0 <= 0x20 }) { return [:] }
        guard let value = try? JSONValue(parsing: call.arguments), case .object = value else { return nil }
        return value
    }

    private static func source(
        _ media: Media, _ index: Int, _ message: Message
    ) throws(TranslationError) -> JSONValue {
        switch media.source {
        case .base64(let type, let data):
            return ["type": "base64", "media_type": .string(type), "data": .string(data)]
        case .url(let url): return ["type": "url", "url": .string(url)]
        case .text(let text): return ["type": "text", "media_type": "text/plain", "data": .string(text)]
        case .file(let id):
            // Between vendors an id means nothing; Anthropic's own wire is not translated to itself.
            throw message.unsupported("content[\(index)]", "the file \(id) of another vendor cannot be read by it")
        }
    }
}
