import JSON

extension OpenAIChat {
    private static let known: Set<String> = [
        "role", "content", "name", "refusal", "tool_calls", "tool_call_id", "reasoning_content", "reasoning",
        "thinking_blocks", "cache_control", "prompt_cache_breakpoint",
    ]

    /// Reads one message; leading instructions go before the turns, and results of tools into a user's message.
    static func read(
        _ message: JSONObject, _ index: Int, into conversation: inout Conversation
    ) throws(TranslationError) {
        try message.refuseOthers(than: known, by: "other wires")
        let role = try message.text("role")
        switch role {
        case "system", "developer":
            let parts = try content(message, role)
            if conversation.messages.isEmpty, message.given("name") == nil {
                conversation.system += parts
            } else {
                conversation.messages.append(try made(.system, parts, message, index))
            }
        case "user":
            conversation.messages.append(try made(.user, try content(message, role), message, index))
        case "assistant":
            conversation.messages.append(try made(.assistant, try assistantParts(message), message, index))
        case "tool":
            let result = ToolResult(callID: try message.text("tool_call_id"), parts: try content(message, role))
            let part = Part(.toolResult(result), cachePoint: cachePoint(message))
            // Results that follow one another answer one turn.
            if let last = conversation.messages.last, last.role == .user, last.index >= 0,
                case .toolResult? = last.parts.last?.content
            {
                conversation.messages[conversation.messages.count - 1].parts.append(part)
            } else {
                conversation.messages.append(Message(.user, [part], index: index))
            }
        default: throw .untranslatable("role", "the role \(role) has no counterpart elsewhere")
        }
    }

    private static func made(
        _ role: Message.Role, _ parts: [Part], _ message: JSONObject, _ index: Int
    ) throws(TranslationError) -> Message {
        var made = Message(role, parts, name: try message.given("name")?.text("name"), index: index)
        if let point = cachePoint(message), !made.parts.isEmpty {
            made.parts[made.parts.count - 1].cachePoint = point
        }
        return made
    }

    private static func assistantParts(_ message: JSONObject) throws(TranslationError) -> [Part] {
        var parts = try reasoning(message)
        if message.given("content") != nil { parts += try content(message, "assistant") }
        if let refusal = message.given("refusal") { parts.append(Part(.refusal(try refusal.text("refusal")))) }
        guard let calls = message.given("tool_calls") else { return parts }
        for (index, value) in try calls.list("tool_calls").enumerated() {
            do throws(TranslationError) {
                let call = try toolCall(try value.members(""))
                // No result could say whose it is.
                guard !call.id.isEmpty else { throw .malformed("id", "is missing") }
                parts.append(Part(.toolCall(call)))
            } catch {
                throw error.inside(TranslationError.element("tool_calls", index))
            }
        }
        return parts
    }

    static func toolCall(_ object: JSONObject) throws(TranslationError) -> ToolCall {
        let type = object["type"]?.stringValue ?? "function"
        guard type == "function" else { throw .untranslatable("type", "a call of type \(type) is OpenAI's alone") }
        guard let function = object["function"]?.objectValue else {
            throw .malformed("function", "must be an object")
        }
        do throws(TranslationError) {
            return ToolCall(
                id: try object.given("id")?.text("id") ?? "", name: try function.text("name"),
                arguments: try function.given("arguments")?.text("arguments") ?? "")
        } catch {
            throw error.inside("function")
        }
    }

    /// Blocks with their signatures where there are any, as `OpenAIChat.answer` gives them; else the plain text.
    static func reasoning(_ message: JSONObject) throws(TranslationError) -> [Part] {
        if let blocks = message.given("thinking_blocks") {
            return try blocks.list("thinking_blocks").map { block in
                Part(
                    .reasoning(
                        Reasoning(
                            text: block["thinking"]?.stringValue ?? "", signature: block["signature"]?.stringValue,
                            sealed: block["data"]?.stringValue)))
            }
        }
        guard let text = message.given("reasoning_content") ?? message.given("reasoning") else { return [] }
        let said = try text.text("reasoning_content")
        return said.isEmpty ? [] : [Part(.reasoning(Reasoning(text: said)))]
    }

    private static func content(_ message: JSONObject, _ role: String) throws(TranslationError) -> [Part] {
        guard let content = message.given("content") else { throw .malformed("content", "is missing") }
        if let text = content.stringValue { return [.text(text)] }
        var parts: [Part] = []
        for (index, value) in try content.list("content").enumerated() {
            do throws(TranslationError) {
                parts.append(try part(try value.members(""), role))
            } catch {
                throw error.inside(TranslationError.element("content", index))
            }
        }
        return parts
    }

    private static func part(_ part: JSONObject, _ role: String) throws(TranslationError) -> Part {
        let type = try part.text("type")
        try part.refuseOthers(than: ["type", type, "cache_control", "prompt_cache_breakpoint"], by: "other wires")
        let content: Part.Content
        switch (type, role) {
        case ("text", _): content = .text(try part.text("text"))
        case ("refusal", "assistant"): content = .refusal(try part.text("refusal"))
        case ("image_url", "user"), ("image_url", "tool"): content = .image(try image(part))
        case ("input_audio", "user"):
            guard let audio = part["input_audio"]?.objectValue else {
                throw .malformed("input_audio", "must be an object")
            }
            content = .audio(
                Media(
                    .base64(
                        mediaType: "audio/" + ((try? audio.text("format")) ?? "wav"),
                        data: try audio.text("data"))))
        case ("file", "user"): content = .document(try document(part))
        default: throw .untranslatable("type", "a part of type \(type) has no counterpart elsewhere")
        }
        return Part(content, cachePoint: cachePoint(part))
    }

    private static func image(_ part: JSONObject) throws(TranslationError) -> Media {
        guard let image = part["image_url"]?.objectValue else { throw .malformed("image_url", "must be an object") }
        let url: String
        do throws(TranslationError) {
            try image.refuseOthers(than: ["url", "detail"], by: "other wires")
            url = try image.text("url")
        } catch {
            throw error.inside("image_url")
        }
        let detail = image["detail"]?.stringValue
        return Media(
            dataURL(url).map { .base64(mediaType: $0.mediaType, data: $0.data) } ?? .url(url),
            detail: detail == "auto" ? nil : detail)
    }

    private static func document(_ part: JSONObject) throws(TranslationError) -> Media {
        guard let file = part["file"]?.objectValue else { throw .malformed("file", "must be an object") }
        let title = file["filename"]?.stringValue
        if let id = file["file_id"]?.stringValue { return Media(.file(id), title: title) }
        guard let text = file["file_data"]?.stringValue else {
            throw .malformed("file.file_data", "must be a string")
        }
        // The data alone is a PDF's, the one format that was taken at first.
        let data = dataURL(text) ?? (mediaType: "application/pdf", data: text)
        return Media(.base64(mediaType: data.mediaType, data: data.data), title: title)
    }

    /// `data:image/png;base64,…` (RFC 2397).
    private static func dataURL(_ text: String) -> (mediaType: String, data: String)? {
        guard text.utf8.starts(with: "data:".utf8), let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            return nil
        }
        let head = text[text.utf8.index(text.startIndex, offsetBy: 5)..<comma]
        guard head.utf8.reversed().starts(with: ";base64".utf8.reversed()) else { return nil }
        let mediaType = head.prefix { $0 != ";" }
        return (mediaType.isEmpty ? "text/plain" : String(mediaType), String(text[text.utf8.index(after: comma)...]))
    }
}
