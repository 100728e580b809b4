import JSON

extension Converse {
    static func messages(_ conversation: Conversation) throws(TranslationError) -> [JSONValue] {
        var messages: [JSONValue] = []
        for turn in conversation.turns {
            if turn.name != nil { throw turn.unsupported("name", "name has no counterpart in \(name)") }
            var blocks: [JSONValue] = []
            for (index, part) in turn.parts.enumerated() {
                let path = "content[\(index)]"
                guard let block = try block(part.content, turn, path) else { continue }
                blocks.append(block)
                if let point = cachePoint(part.cachePoint, conversation.model) { blocks.append(point) }
            }
            if !blocks.isEmpty {
                messages.append(["role": .string(turn.role.rawValue), "content": .array(blocks)])
            }
        }
        return messages
    }

    /// - Returns: nil for what is left out.
    private static func block(
        _ content: Part.Content, _ turn: Message, _ path: String
    ) throws(TranslationError) -> JSONValue? {
        switch content {
        case .text(let text), .refusal(let text): return isBlank(text) ? nil : ["text": .string(text)]
        case .image(let media): return ["image": .object(try image(media, turn, path))]
        case .document(let media): return ["document": .object(try document(media, turn, path))]
        case .audio(let media): return ["audio": .object(try audio(media, turn, path))]
        case .reasoning(let reasoning): return self.reasoning(reasoning)
        case .toolCall(let call):
            let text = call.arguments.isEmpty ? "{}" : call.arguments
            guard let input = (try? JSONValue(parsing: Array(text.utf8)))?.objectValue else {
                throw turn.unsupported(path, "arguments that are no JSON object have no counterpart in \(name)")
            }
            return [
                "toolUse": ["toolUseId": .string(call.id), "name": .string(call.name), "input": .object(input)]
            ]
        case .toolResult(let result): return ["toolResult": .object(try toolResult(result, turn, path))]
        }
    }

    private static func reasoning(_ reasoning: Reasoning) -> JSONValue? {
        if let sealed = reasoning.sealed { return ["reasoningContent": ["redactedContent": .string(sealed)]] }
        guard let signature = reasoning.signature, !signature.hasPrefix(Gemini.signatureMark) else { return nil }
        return [
            "reasoningContent": [
                "reasoningText": ["text": .string(reasoning.text), "signature": .string(signature)]
            ]
        ]
    }

    private static func toolResult(
        _ result: ToolResult, _ turn: Message, _ path: String
    ) throws(TranslationError) -> JSONObject {
        var blocks: [JSONValue] = []
        for part in result.parts {
            switch part.content {
            case .text(let text): if !isBlank(text) { blocks.append(["text": .string(text)]) }
            case .image(let media): blocks.append(["image": .object(try image(media, turn, path))])
            case .document(let media): blocks.append(["document": .object(try document(media, turn, path))])
            default: throw turn.unsupported(path, "a tool's result of this kind has no counterpart in \(name)")
            }
        }
        // A tool that said nothing has answered all the same.
        if blocks.isEmpty { blocks = [["text": "(no output)"]] }
        var written: JSONObject = ["toolUseId": .string(result.callID), "content": .array(blocks)]
        if result.isError { written["status"] = "error" }
        return written
    }

    // MARK: Media

    private static let imageFormats = [
        "image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp",
    ]

    private static let audioFormats = ["audio/wav": "wav", "audio/mp3": "mp3", "audio/mpeg": "mp3"]

    private static let documentFormats = [
        "application/pdf": "pdf", "text/csv": "csv", "text/html": "html", "text/plain": "txt", "text/markdown": "md",
        "application/msword": "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    ]

    private static func image(_ media: Media, _ turn: Message, _ path: String) throws(TranslationError) -> JSONObject {
        guard case .base64(let type, let data) = media.source else {
            throw turn.unsupported(path, "an image that is not base64 has no counterpart in \(name)")
        }
        guard let format = imageFormats[type] else {
            throw turn.unsupported(path, "an image of the type \(type) has no counterpart in \(name)")
        }
        return ["format": .string(format), "source": ["bytes": .string(data)]]
    }

    private static func audio(_ media: Media, _ turn: Message, _ path: String) throws(TranslationError) -> JSONObject {
        guard case .base64(let type, let data) = media.source, let format = audioFormats[type] else {
            throw turn.unsupported(path, "audio that is not WAV or MP3 in base64 has no counterpart in \(name)")
        }
        return ["format": .string(format), "source": ["bytes": .string(data)]]
    }

    private static func document(
        _ media: Media, _ turn: Message, _ path: String
    ) throws(TranslationError) -> JSONObject {
        let name = JSONValue.string(documentName(media.title, turn, path))
        switch media.source {
        case .text(let text): return ["format": "txt", "name": name, "source": ["text": .string(text)]]
        case .base64(let type, let data):
            guard let format = documentFormats[type] else {
                throw turn.unsupported(path, "a document of the type \(type) has no counterpart in \(self.name)")
            }
            return ["format": .string(format), "name": name, "source": ["bytes": .string(data)]]
        case .url, .file:
            throw turn.unsupported(path, "a document that is not sent along has no counterpart in \(self.name)")
        }
    }

    /// Letters, digits, single blanks, hyphens, parentheses and brackets (API_runtime_DocumentBlock), 200 at most; by
    /// its place where nothing is left, since names must differ.
    private static func documentName(_ title: String?, _ turn: Message, _ path: String) -> String {
        var name = ""
        for character in (title ?? "").prefix(200) {
            let isKept = character.isASCII && (character.isLetter || character.isNumber || "-()[]".contains(character))
            if isKept {
                name.append(character)
            } else if !name.isEmpty, name.last != " " {
                name.append(" ")
            }
        }
        if name.last == " " { name.removeLast() }
        let place = "\(max(0, turn.index))-" + path.filter(\.isNumber)
        return name.isEmpty ? "document \(place)" : name
    }
}
