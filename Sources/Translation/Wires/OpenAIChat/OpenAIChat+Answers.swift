package import JSON

extension OpenAIChat {
    /// Reads a whole answer; of several choices the first.
    package static func reply(_ body: JSONObject) throws(TranslationError) -> Reply {
        guard let choice = body["choices"]?[0]?.objectValue, let message = choice["message"]?.objectValue else {
            throw .malformed("choices[0].message", "must be an object")
        }
        var parts: [Part] = []
        var callCount = 0
        do throws(TranslationError) {
            parts = try reasoning(message)
            if let content = message.given("content") { parts += try answerParts(content) }
            if let refusal = message.given("refusal") { parts.append(Part(.refusal(try refusal.text("refusal")))) }
            if let calls = message.given("tool_calls") {
                for value in try calls.list("tool_calls") {
                    var call = try toolCall(try value.members("tool_calls"))
                    if call.id.isEmpty {
                        call.id = ToolCall.madeUpID(callCount, of: body["id"]?.stringValue ?? "")
                    }
                    parts.append(Part(.toolCall(call)))
                    callCount += 1
                }
            }
        } catch {
            throw error.inside("choices[0].message")
        }
        let refuses = parts.contains { if case .refusal = $0.content { true } else { false } }
        let reason = stopReason(choice["finish_reason"]?.stringValue, callsTools: callCount > 0)
        return Reply(
            id: body["id"]?.stringValue ?? "", model: body["model"]?.stringValue ?? "", parts: parts,
            stop: refuses && reason == .endOfTurn ? .refusal : reason, usage: usage(of: body))
    }

    /// What an answer says, or a piece of one: a text, or the list of texts and thoughts that those of Mistral's models
    /// give which reason (docs.mistral.ai/capabilities/reasoning), a thought being a list of texts itself.
    static func answerParts(_ content: JSONValue) throws(TranslationError) -> [Part] {
        if let text = content.stringValue { return [.text(text)] }
        var parts: [Part] = []
        for (index, item) in try content.list("content").enumerated() {
            switch item["type"]?.stringValue {
            case "text": parts.append(.text(item["text"]?.stringValue ?? ""))
            case "thinking":
                let text =
                    item["thinking"]?.stringValue
                    ?? (item["thinking"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
                parts.append(Part(.reasoning(Reasoning(text: text))))
            default:
                throw .untranslatable(
                    TranslationError.element("content", index), "a part of this type has no counterpart elsewhere")
            }
        }
        return parts
    }

    package static func usage(of answer: JSONObject) -> TokenUsage? { answer["usage"].flatMap(usage) }

    /// Writes a whole answer. Reasoning goes as `reasoning_content`, the name of DeepSeek and vLLM; with its signatures
    /// also as `thinking_blocks`, which a caller sends back for Anthropic's sake.
    package static func answer(_ reply: Reply, _ context: ReplyContext) throws(TranslationError) -> [UInt8] {
        var message: JSONObject = ["role": "assistant", "content": nil, "refusal": nil]
        var text: String?
        var refusal: String?
        var thoughts = ""
        var blocks: [JSONValue] = []
        var calls: [JSONValue] = []
        for part in reply.parts {
            switch part.content {
            case .text(let piece): text = (text ?? "") + piece
            case .refusal(let piece): refusal = (refusal ?? "") + piece
            case .reasoning(let reasoning):
                thoughts += reasoning.text
                if let block = thinkingBlock(reasoning) { blocks.append(block) }
            case .toolCall(let call): calls.append(toolCall(call))
            default: throw .untranslatable("content", "an answer of this kind has no counterpart in \(name)")
            }
        }
        if let text { message["content"] = .string(text) } else if calls.isEmpty { message["content"] = "" }
        if let refusal { message["refusal"] = .string(refusal) }
        if !thoughts.isEmpty { message["reasoning_content"] = .string(thoughts) }
        if !blocks.isEmpty { message["thinking_blocks"] = .array(blocks) }
        if !calls.isEmpty { message["tool_calls"] = .array(calls) }
        var body: JSONObject = [
            "id": .string(reply.id.isEmpty ? context.id : reply.id), "object": "chat.completion",
            "created": JSONValue(context.createdAt),
            "model": .string(reply.model.isEmpty ? context.model : reply.model),
            "choices": [
                [
                    "index": 0, "message": .object(message), "logprobs": nil,
                    "finish_reason": JSONValue(word(for: reply.stop)),
                ]
            ],
        ]
        if let usage = reply.usage { body["usage"] = self.usage(usage) }
        return JSONValue.object(body).encoded()
    }

    private static func thinkingBlock(_ reasoning: Reasoning) -> JSONValue? {
        if let sealed = reasoning.sealed { return ["type": "redacted_thinking", "data": .string(sealed)] }
        guard let signature = reasoning.signature else { return nil }
        return ["type": "thinking", "thinking": .string(reasoning.text), "signature": .string(signature)]
    }

    /// `{"error":{"message","type","param","code"}}`
    package static func error(_ fault: Fault, requestID: String) -> [UInt8] {
        let error: JSONObject = [
            "message": .string(fault.message), "type": .string(type(of: fault.kind)),
            "param": JSONValue(fault.param), "code": JSONValue(fault.code ?? code(of: fault.kind)),
        ]
        return JSONValue.object(["error": .object(error)]).encoded()
    }

    private static func type(of kind: Fault.Kind) -> String {
        switch kind {
        case .invalidRequest, .contextWindow, .notFound, .tooLarge: "invalid_request_error"
        case .authentication: "authentication_error"
        case .billing: "insufficient_quota"
        case .permission: "permission_error"
        case .rateLimit: "rate_limit_error"
        case .timeout: "timeout_error"
        case .overloaded, .server: "server_error"
        }
    }

    /// developers.openai.com/api/docs/guides/error-codes
    private static let contextCode = "context_length_exceeded"

    private static func code(of kind: Fault.Kind) -> String? {
        switch kind {
        case .contextWindow: contextCode
        case .notFound: "not_found"
        case .tooLarge: "request_too_large"
        case .rateLimit: "rate_limit_exceeded"
        case .overloaded: "overloaded"
        default: nil
        }
    }

    /// Reads OpenAI's error object, and the shapes that its imitators give instead.
    package static func fault(status: Int, _ body: [UInt8]) -> Fault {
        let kind = Fault.kind(of: status)
        guard let value = try? JSONValue(parsing: body) else { return Fault(kind, silence(status)) }
        return fault(kind, value) ?? Fault(kind, silence(status))
    }

    /// - Returns: nil where there is no message.
    static func fault(_ kind: Fault.Kind, _ value: JSONValue) -> Fault? {
        let error = value["error"]
        guard let message = error?["message"]?.stringValue ?? error?.stringValue ?? value["message"]?.stringValue
        else { return nil }
        let code = error?["code"]?.stringValue
        return Fault(
            code == contextCode ? .contextWindow : kind, message, param: error?["param"]?.stringValue, code: code)
    }

    static func silence(_ status: Int) -> String { "the provider answered with status \(status)" }
}
