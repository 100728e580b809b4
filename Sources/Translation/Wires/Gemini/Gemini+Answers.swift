package import JSON

extension Gemini {
    package static func reply(_ body: JSONObject) throws(TranslationError) -> Reply {
        let id = body["responseId"]?.stringValue ?? ""
        let model = body["modelVersion"]?.stringValue ?? ""
        let usage = usage(of: body)
        guard let candidate = body["candidates"]?[0] else {
            guard body["promptFeedback"]?["blockReason"] != nil else { throw .malformed("candidates", "is missing") }
            return Reply(id: id, model: model, parts: [], stop: .refusal, usage: usage)
        }
        if let word = candidate["finishReason"]?.stringValue, failures.contains(word) {
            throw .malformed("candidates[0].finishReason", "is \(word)")
        }
        var parts: [Part] = []
        var callCount = 0
        for (index, value) in (candidate["content"]?["parts"]?.arrayValue ?? []).enumerated() {
            switch try AnswerPart(value, at: index) {
            case .text(let text):
                if case .text(let before)? = parts.last?.content {
                    parts[parts.count - 1] = .text(before + text)
                } else if !text.isEmpty {
                    parts.append(.text(text))
                }
            case .thought(let text):
                if case .reasoning(let before)? = parts.last?.content {
                    parts[parts.count - 1] = Part(.reasoning(Reasoning(text: before.text + text)))
                } else {
                    parts.append(Part(.reasoning(Reasoning(text: text))))
                }
            case .call(var call, let signature):
                if call.id.isEmpty { call.id = ToolCall.madeUpID(callCount, of: id) }
                callCount += 1
                if let signature { sign(&parts, signature) }
                parts.append(Part(.toolCall(call)))
            }
        }
        let reason = stopReason(candidate["finishReason"]?.stringValue, callsTools: callCount > 0)
        return Reply(id: id, model: model, parts: parts, stop: reason, usage: usage)
    }

    /// The thought right before a call has its signature; where none is shown, one without text has.
    private static func sign(_ parts: inout [Part], _ signature: String) {
        var reasoning = Reasoning(text: "", signature: signatureMark + signature)
        if case .reasoning(let before)? = parts.last?.content, before.signature == nil {
            reasoning.text = before.text
            parts.removeLast()
        }
        parts.append(Part(.reasoning(reasoning)))
    }

    /// A part of an answer. The signature of a text is left out: nobody has to send it back.
    enum AnswerPart {
        case text(String)
        case thought(String)
        case call(ToolCall, signature: String?)

        init(_ value: JSONValue, at index: Int) throws(TranslationError) {
            if let text = value["text"]?.stringValue {
                self = value["thought"] == true ? .thought(text) : .text(text)
            } else if let call = value["functionCall"], let name = call["name"]?.stringValue {
                let arguments = call["args"]?.objectValue ?? [:]
                self = .call(
                    ToolCall(
                        id: call["id"]?.stringValue ?? "", name: name, arguments: JSONValue.object(arguments).text),
                    signature: value["thoughtSignature"]?.stringValue)
            } else if value["thoughtSignature"] != nil, value.objectValue?.count == 1 {
                self = .text("")
            } else {
                throw .untranslatable(
                    "candidates[0].content.parts[\(index)]", "an answer of this kind has no counterpart elsewhere")
            }
        }
    }
}
