import JSON

extension Converse {
    static func messages(_ conversation: Conversation) throws(TranslationError) -> [JSONValue] {
        var writer = MessageWriter(model: conversation.model)
        var messages: [(role: String, blocks: [JSONValue])] = []
        for turn in conversation.turns {
            if turn.name != nil { throw turn.unsupported("name", "name has no counterpart in \(name)") }
            let blocks = try writer.blocks(of: turn)
            guard !blocks.isEmpty else { continue }
            // Between the two was one of which nothing is left, and roles must alternate.
            if let last = messages.last, last.role == turn.role.rawValue {
                messages[messages.count - 1].blocks += blocks
            } else {
                messages.append((turn.role.rawValue, blocks))
            }
        }
        guard !messages.isEmpty else {
            throw .untranslatable("messages", "messages that say nothing have no counterpart in \(name)")
        }
        return messages.map { ["role": .string($0.role), "content": .array($0.blocks)] }
    }

    /// Writes the blocks of turn after turn.
    private struct MessageWriter {
        private let model: String
        private var media = MediaWriter()

        init(model: String) { self.model = model }

        mutating func blocks(of turn: Message) throws(TranslationError) -> [JSONValue] {
            var blocks: [JSONValue] = []
            for (index, part) in turn.parts.enumerated() {
                guard let block = try block(part.content, turn, "content[\(index)]") else { continue }
                blocks.append(block)
                if let point = cachePoint(part.cachePoint, model) { blocks.append(point) }
            }
            return blocks
        }

        /// - Returns: nil for what is left out.
        private mutating func block(
            _ content: Part.Content, _ turn: Message, _ path: String
        ) throws(TranslationError) -> JSONValue? {
            switch content {
            case .text(let text), .refusal(let text): return isBlank(text) ? nil : ["text": .string(text)]
            case .image(let media): return ["image": .object(try self.media.image(media, turn, path))]
            case .document(let media): return ["document": .object(try self.media.document(media, turn, path))]
            case .audio(let media): return ["audio": .object(try self.media.audio(media, turn, path))]
            case .reasoning(let reasoning): return self.reasoning(reasoning)
            case .toolCall(let call):
                let text = call.arguments.isEmpty ? "{}" : call.arguments
                guard let input = (try? JSONValue(parsing: Array(text.utf8)))?.objectValue else {
                    throw turn.unsupported(path, "arguments that are no JSON object have no counterpart in \(name)")
                }
                let id = try callID(call.id, turn, path)
                return ["toolUse": ["toolUseId": .string(id), "name": .string(call.name), "input": .object(input)]]
            case .toolResult(let result): return ["toolResult": .object(try toolResult(result, turn, path))]
            }
        }

        private func reasoning(_ reasoning: Reasoning) -> JSONValue? {
            guard keepsThoughts(model) else { return nil }
            if let sealed = reasoning.sealed { return ["reasoningContent": ["redactedContent": .string(sealed)]] }
            guard let signature = reasoning.signature, !signature.isEmpty, !signature.hasPrefix(Gemini.signatureMark)
            else { return nil }
            return [
                "reasoningContent": [
                    "reasoningText": ["text": .string(reasoning.text), "signature": .string(signature)]
                ]
            ]
        }

        private func callID(_ id: String, _ turn: Message, _ path: String) throws(TranslationError) -> String {
            guard !id.isEmpty else {
                throw turn.unsupported(path, "a call or a result without an id has no counterpart in \(name)")
            }
            return CallAlias.of(id, isClaude: isClaude(model))
        }

        private mutating func toolResult(
            _ result: ToolResult, _ turn: Message, _ path: String
        ) throws(TranslationError) -> JSONObject {
            var blocks: [JSONValue] = []
            for part in result.parts {
                switch part.content {
                case .text(let text): if !isBlank(text) { blocks.append(["text": .string(text)]) }
                case .image(let media): blocks.append(["image": .object(try self.media.image(media, turn, path))])
                case .document(let media):
                    blocks.append(["document": .object(try self.media.document(media, turn, path))])
                default: throw turn.unsupported(path, "a tool's result of this kind has no counterpart in \(name)")
                }
            }
            // A tool that said nothing has answered all the same.
            if blocks.isEmpty { blocks = [["text": "(no output)"]] }
            let id = try callID(result.callID, turn, path)
            var written: JSONObject = ["toolUseId": .string(id), "content": .array(blocks)]
            if result.isError { written["status"] = "error" }
            return written
        }
    }
}
