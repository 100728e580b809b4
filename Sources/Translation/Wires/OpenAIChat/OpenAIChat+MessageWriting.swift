import JSON

extension OpenAIChat {
    static func systemContent(_ conversation: Conversation) throws(TranslationError) -> JSONValue {
        try content(conversation.system, of: Message(.system, conversation.system))
    }

    /// Results of tools become messages of their own, which have to stand right behind the turn that called them. They
    /// hold text alone: images and documents stand in a message of the user behind all results of the turn.
    static func append(
        _ message: Message, to messages: inout [JSONValue], withThoughts: Bool
    ) throws(TranslationError) {
        switch message.role {
        case .system:
            messages.append(try plain("system", message, message.parts))
        case .user:
            var rest: [Part] = []
            var media: [Part] = []
            var results = 0
            for part in message.parts {
                guard case .toolResult(let result) = part.content else {
                    rest.append(part)
                    continue
                }
                results += 1
                let texts = result.parts.filter { $0.text != nil }
                media += result.parts.filter { $0.text == nil }
                messages.append([
                    "role": "tool", "tool_call_id": .string(result.callID), "content": try content(texts, of: message),
                ])
            }
            rest = media + rest
            if !rest.isEmpty || results == 0 { messages.append(try plain("user", message, rest)) }
        case .assistant: messages.append(try assistant(message, withThoughts))
        }
    }

    private static func plain(
        _ role: String, _ message: Message, _ parts: [Part]
    ) throws(TranslationError) -> JSONValue {
        var object: JSONObject = ["role": .string(role), "content": try content(parts, of: message)]
        if let name = message.name { object["name"] = .string(name) }
        return .object(object)
    }

    private static func assistant(_ message: Message, _ withThoughts: Bool) throws(TranslationError) -> JSONValue {
        var thoughts = ""
        var texts: [Part] = []
        var calls: [JSONValue] = []
        var refusal: String?
        for (index, part) in message.parts.enumerated() {
            switch part.content {
            case .text: texts.append(part)
            case .reasoning(let reasoning): thoughts += reasoning.text
            case .refusal(let text): refusal = (refusal ?? "") + text
            case .toolCall(let call): calls.append(toolCall(call))
            default: throw message.unsupported("content[\(index)]", "an assistant says text in \(name)")
            }
        }
        var object: JSONObject = [
            "role": "assistant", "content": texts.isEmpty ? nil : try content(texts, of: message),
        ]
        if let name = message.name { object["name"] = .string(name) }
        if let refusal { object["refusal"] = .string(refusal) }
        if !calls.isEmpty { object["tool_calls"] = .array(calls) }
        if withThoughts, !calls.isEmpty { object["reasoning_content"] = .string(thoughts) }
        return .object(object)
    }

    static func toolCall(_ call: ToolCall) -> JSONValue {
        let arguments = call.arguments.isEmpty ? "{}" : call.arguments
        return [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(arguments)],
        ]
    }

    private static func content(_ parts: [Part], of message: Message) throws(TranslationError) -> JSONValue {
        if parts.isEmpty { return "" }
        if parts.count == 1, let text = parts[0].text { return .string(text) }
        var items: [JSONValue] = []
        items.reserveCapacity(parts.count)
        for (index, part) in parts.enumerated() {
            switch part.content {
            case .text(let text): items.append(["type": "text", "text": .string(text)])
            case .image(let image): items.append(try self.image(image, message, index))
            case .document(let document): items.append(try file(document, message, index))
            case .audio(let audio):
                guard case .base64(let type, let data) = audio.source else {
                    throw message.unsupported("content[\(index)]", "audio is sent as data in \(name)")
                }
                let format = String(type.split(separator: "/").last ?? "wav")
                items.append([
                    "type": "input_audio", "input_audio": ["data": .string(data), "format": .string(format)],
                ])
            case .toolCall, .toolResult, .reasoning, .refusal:
                throw message.unsupported("content[\(index)]", "it cannot stand in a message of this role in \(name)")
            }
        }
        return .array(items)
    }

    private static func image(_ image: Media, _ message: Message, _ index: Int) throws(TranslationError) -> JSONValue {
        var object: JSONObject
        switch image.source {
        case .url(let url): object = ["url": .string(url)]
        case .base64(let type, let data): object = ["url": .string("data:\(type);base64,\(data)")]
        case .file, .text:
            throw message.unsupported("content[\(index)].source", "an image is a URL or data in \(name)")
        }
        if let detail = image.detail { object["detail"] = .string(detail) }
        return ["type": "image_url", "image_url": .object(object)]
    }

    private static func file(
        _ document: Media, _ message: Message, _ index: Int
    ) throws(TranslationError) -> JSONValue {
        guard case .base64(let type, let data) = document.source else {
            throw message.unsupported("content[\(index)].source", "a document is data in \(name)")
        }
        return [
            "type": "file",
            "file": [
                "filename": .string(document.title ?? "document.pdf"),
                "file_data": .string("data:\(type);base64,\(data)"),
            ],
        ]
    }
}
