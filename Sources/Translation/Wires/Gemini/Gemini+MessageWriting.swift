import JSON

extension Gemini {
    static func contents(_ conversation: Conversation) throws(TranslationError) -> [JSONValue] {
        var contents: [JSONValue] = []
        var writer = ContentWriter(model: conversation.model)
        for turn in conversation.turns {
            if turn.name != nil { throw turn.unsupported("name", "name has no counterpart in \(name)") }
            guard turn.role != .system else {
                throw turn.unsupported("role", "instructions behind the first turn have no counterpart in \(name)")
            }
            let parts = try writer.parts(of: turn)
            // A turn of nothing but thoughts, or of no text at all, would be refused.
            if !parts.isEmpty {
                contents.append([
                    "role": turn.role == .user ? "user" : "model", "parts": .array(parts),
                ])
            }
        }
        guard !contents.isEmpty else {
            throw .untranslatable("messages", "messages that say nothing have no counterpart in \(name)")
        }
        return contents
    }

    /// Writes the parts of turn after turn. Within one a thought's signature belongs to the part behind it.
    private struct ContentWriter {
        private struct Call {
            let name: String
            let place: Int
        }

        private let wantsSignatures: Bool
        private let takesIDs: Bool
        private var turn = Message(.user, [])
        /// By their ids: the last of each, since some callers count anew in every turn.
        private var calls: [String: Call] = [:]
        private var callCount = 0
        private var signature: String?
        private var hasCalled = false

        init(model: String) {
            wantsSignatures = Gemini.wantsSignatures(model)
            takesIDs = Gemini.takesCallIDs(model)
        }

        mutating func parts(of turn: Message) throws(TranslationError) -> [JSONValue] {
            self.turn = turn
            signature = nil
            hasCalled = false
            var parts: [JSONValue] = []
            /// Where results stand among them, and which calls they are of.
            var results: [(slot: Int, place: Int)] = []
            for (index, part) in turn.parts.enumerated() {
                guard var object = try self.part(part.content, "content[\(index)]") else { continue }
                if let own = takeSignature(before: part.content) { object["thoughtSignature"] = .string(own) }
                if case .toolResult(let result) = part.content, let call = calls[result.callID] {
                    results.append((parts.count, call.place))
                }
                parts.append(.object(object))
            }
            return takesIDs ? parts : Self.ordered(parts, results)
        }

        /// Without ids the vendor pairs results with calls by name and order.
        private static func ordered(_ parts: [JSONValue], _ results: [(slot: Int, place: Int)]) -> [JSONValue] {
            var ordered = parts
            for (result, source) in zip(results, results.sorted { ($0.place, $0.slot) < ($1.place, $1.slot) }) {
                ordered[result.slot] = parts[source.slot]
            }
            return ordered
        }

        /// Only the first of several calls has one.
        private mutating func takeSignature(before content: Part.Content) -> String? {
            defer { signature = nil }
            guard case .toolCall = content, !hasCalled else { return signature }
            hasCalled = true
            return signature ?? (wantsSignatures ? Gemini.missingSignature : nil)
        }

        private mutating func part(
            _ content: Part.Content, _ path: String
        ) throws(TranslationError) -> JSONObject? {
            switch content {
            case .text(let text), .refusal(let text): return text.isEmpty ? nil : ["text": .string(text)]
            case .image(let media), .document(let media), .audio(let media): return try self.media(media, path)
            case .toolCall(let call): return ["functionCall": .object(try functionCall(call, path))]
            case .toolResult(let result): return ["functionResponse": .object(try functionResponse(result, path))]
            case .reasoning(let reasoning):
                if let own = reasoning.signature, own.utf8.starts(with: Gemini.signatureMark.utf8) {
                    signature = String(own.dropFirst(Gemini.signatureMark.count))
                }
                return nil
            }
        }

        private func media(_ media: Media, _ path: String) throws(TranslationError) -> JSONObject {
            switch media.source {
            case .text(let text): return ["text": .string(text)]
            case .base64(let type, let data):
                return ["inlineData": ["mimeType": .string(type), "data": .string(data)]]
            case .url(let url):
                guard let type = MediaType.of(url: url) else {
                    throw turn.unsupported(
                        path, "a URL whose path does not end in a known type has no counterpart in \(Gemini.name)")
                }
                return ["fileData": ["mimeType": .string(type), "fileUri": .string(url)]]
            case .file:
                throw turn.unsupported(path, "a file of another vendor has no counterpart in \(Gemini.name)")
            }
        }

        private mutating func functionCall(_ call: ToolCall, _ path: String) throws(TranslationError) -> JSONObject {
            let text = call.arguments.isEmpty ? "{}" : call.arguments
            guard let arguments = (try? JSONValue(parsing: Array(text.utf8)))?.objectValue else {
                throw turn.unsupported(path, "arguments that are no JSON object have no counterpart in \(Gemini.name)")
            }
            var object: JSONObject = ["name": .string(call.name), "args": .object(arguments)]
            if takesIDs, !call.id.isEmpty { object["id"] = .string(call.id) }
            calls[call.id] = Call(name: call.name, place: callCount)
            callCount += 1
            return object
        }

        /// An object goes as it is, anything else as what Gemini's own SDKs make of it: `output` or `error`.
        private func functionResponse(_ result: ToolResult, _ path: String) throws(TranslationError) -> JSONObject {
            guard let call = calls[result.callID] else {
                throw turn.unsupported(path, "a result of the call \(result.callID), which is not in the messages")
            }
            var text = ""
            for part in result.parts {
                guard let piece = part.text else {
                    throw turn.unsupported(
                        path, "a tool's result that is not text has no counterpart in \(Gemini.name)")
                }
                text += piece
            }
            let object = (try? JSONValue(parsing: Array(text.utf8)))?.objectValue
            let response: JSONObject =
                if result.isError { ["error": .string(text)] } else { object ?? ["output": .string(text)] }
            var written: JSONObject = ["name": .string(call.name), "response": .object(response)]
            if takesIDs, !result.callID.isEmpty { written["id"] = .string(result.callID) }
            return written
        }
    }
}
