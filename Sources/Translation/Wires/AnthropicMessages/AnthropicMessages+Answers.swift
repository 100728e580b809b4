package import JSON

extension AnthropicMessages {
    /// Reads a whole answer.
    package static func reply(_ body: JSONObject) throws(TranslationError) -> Reply {
        guard let content = body["content"] else { throw .malformed("content", "is missing") }
        var parts: [Part] = []
        for (index, value) in try content.list("content").enumerated() {
            do throws(TranslationError) {
                parts.append(try answerPart(try value.members("")))
            } catch {
                throw error.inside(TranslationError.element("content", index))
            }
        }
        return Reply(
            id: body["id"]?.stringValue ?? "", model: body["model"]?.stringValue ?? "", parts: parts,
            stop: stopReason(body["stop_reason"]?.stringValue, sequence: body["stop_sequence"]?.stringValue),
            usage: usage(of: body))
    }

    package static func usage(of answer: JSONObject) -> TokenUsage? {
        var counts = Counts()
        if let usage = answer["usage"] { merge(usage, into: &counts) }
        return counts.usage
    }

    /// Of text only what is said: citations come to those who asked for them, on this wire.
    private static func answerPart(_ block: JSONObject) throws(TranslationError) -> Part {
        try block["type"] == "text" ? .text(try block.text("text")) : part(block)
    }

    /// Writes a whole answer. Reasoning that no vendor signed has an empty signature; arguments that the limit of
    /// tokens cut off are left out.
    package static func answer(_ reply: Reply, _ context: ReplyContext) throws(TranslationError) -> [UInt8] {
        var content: [JSONValue] = []
        for part in reply.parts {
            switch part.content {
            case .text(let text), .refusal(let text):
                if !text.isEmpty { content.append(["type": "text", "text": .string(text)]) }
            case .reasoning(let reasoning):
                if let sealed = reasoning.sealed {
                    content.append(["type": "redacted_thinking", "data": .string(sealed)])
                } else {
                    content.append([
                        "type": "thinking", "thinking": .string(reasoning.text),
                        "signature": .string(reasoning.signature ?? ""),
                    ])
                }
            case .toolCall(let call):
                // Half an object is none, and the reason of the end says that something is missing.
                let input = input(call)
                guard input != nil || reply.stop == .maxTokens else {
                    throw .untranslatable("arguments", "the arguments of a call must be a JSON object in \(name)")
                }
                content.append([
                    "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input ?? [:],
                ])
            default: throw .untranslatable("content", "an answer of this kind has no counterpart in \(name)")
            }
        }
        var sequence: JSONValue = nil
        if case .stopSequence(let text?) = reply.stop { sequence = .string(text) }
        let body: JSONObject = [
            "id": .string(reply.id.isEmpty ? context.id : reply.id), "type": "message", "role": "assistant",
            "model": .string(reply.model.isEmpty ? context.model : reply.model), "content": .array(content),
            "stop_reason": JSONValue(word(for: reply.stop)), "stop_sequence": sequence, "usage": usage(reply.usage),
        ]
        return JSONValue.object(body).encoded()
    }

    /// `{"type":"error","error":{"type","message"},"request_id"}`
    package static func error(_ fault: Fault, requestID: String) -> [UInt8] {
        var body: JSONObject = [
            "type": "error",
            "error": ["type": .string(type(of: fault.kind)), "message": .string(message(of: fault))],
        ]
        if !requestID.isEmpty { body["request_id"] = .string(requestID) }
        return JSONValue.object(body).encoded()
    }

    /// Begins what it says of a request that is too long, which is all that tells this from other errors: agents look
    /// for it before they shorten a conversation.
    private static let tooLong = "prompt is too long"

    private static func message(of fault: Fault) -> String {
        guard fault.kind == .contextWindow, !fault.message.hasPrefix(tooLong) else { return fault.message }
        return "\(tooLong): \(fault.message)"
    }

    /// docs/en/api/errors
    private static func type(of kind: Fault.Kind) -> String {
        switch kind {
        case .invalidRequest, .contextWindow: "invalid_request_error"
        case .authentication: "authentication_error"
        case .billing: "billing_error"
        case .permission: "permission_error"
        case .notFound: "not_found_error"
        case .tooLarge: "request_too_large"
        case .rateLimit: "rate_limit_error"
        case .timeout: "timeout_error"
        case .overloaded: "overloaded_error"
        case .server: "api_error"
        }
    }

    private static func kind(ofType type: String?) -> Fault.Kind? {
        switch type {
        case "invalid_request_error": .invalidRequest
        case "authentication_error": .authentication
        case "billing_error": .billing
        case "permission_error": .permission
        case "not_found_error": .notFound
        case "request_too_large": .tooLarge
        case "rate_limit_error": .rateLimit
        case "timeout_error": .timeout
        case "overloaded_error": .overloaded
        case "api_error": .server
        default: nil
        }
    }

    /// Reads Anthropic's error object.
    package static func fault(status: Int, _ body: [UInt8]) -> Fault {
        let kind = Fault.kind(of: status)
        guard let value = try? JSONValue(parsing: body) else { return Fault(kind, OpenAIChat.silence(status)) }
        return fault(kind, value) ?? Fault(kind, OpenAIChat.silence(status))
    }

    /// - Returns: nil where there is no message.
    static func fault(_ fallback: Fault.Kind, _ value: JSONValue) -> Fault? {
        guard let error = value["error"], let message = error["message"]?.stringValue else { return nil }
        let type = error["type"]?.stringValue
        let kind = kind(ofType: type) ?? fallback
        let isTooLong =
            message.hasPrefix(tooLong) || message.hasPrefix("input length and `max_tokens` exceed context limit")
        guard kind != .invalidRequest || !isTooLong else { return Fault(.contextWindow, message) }
        return Fault(kind, message, code: type)
    }
}
