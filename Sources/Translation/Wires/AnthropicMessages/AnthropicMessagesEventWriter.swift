import JSON

/// Writes typed events. The reason of the end goes out with the usage, when the provider's answer is whole.
struct AnthropicMessagesEventWriter: ReplyEventWriter {
    private let context: ReplyContext
    private var usage: TokenUsage?
    private var reason = StopReason.unknown

    init(_ context: ReplyContext) { self.context = context }

    mutating func write(_ event: ReplyEvent) -> [WireEvent] {
        switch event {
        case .start(let id, let model): return [start(id, model)]
        case .partStart(let part, let opening): return [begin(part, opening)]
        case .textDelta(let part, let text), .refusalDelta(let part, let text):
            return [delta(part, #""text_delta","text":"#, text)]
        case .reasoningDelta(let part, let text): return [delta(part, #""thinking_delta","thinking":"#, text)]
        case .signatureDelta(let part, let text): return [delta(part, #""signature_delta","signature":"#, text)]
        case .argumentsDelta(let part, let text):
            return [delta(part, #""input_json_delta","partial_json":"#, text)]
        case .partEnd(let part):
            return [Self.event("content_block_stop", #","index":\#(part)}"#)]
        case .input: return []
        case .usage(let usage):
            self.usage = usage
            return []
        case .finish(let reason):
            self.reason = reason
            return []
        case .end: return [last(), Self.event("message_stop", "}")]
        case .failure(let fault):
            return [WireEvent(name: "error", data: AnthropicMessages.error(fault, requestID: ""))]
        }
    }

    /// - Parameter rest: behind the type.
    private static func event(_ type: String, _ rest: String) -> WireEvent {
        WireEvent(name: type, data: Array(#"{"type":"\#(type)"\#(rest)"#.utf8))
    }

    private func start(_ id: String, _ model: String) -> WireEvent {
        let message: JSONObject = [
            "id": .string(id.isEmpty ? context.id : id), "type": "message", "role": "assistant",
            "model": .string(model.isEmpty ? context.model : model), "content": [], "stop_reason": nil,
            "stop_sequence": nil,
            "usage": ["input_tokens": JSONValue(context.inputTokens), "output_tokens": 0],
        ]
        return Self.event("message_start", #","message":\#(JSONValue.object(message).text)}"#)
    }

    private func begin(_ part: Int, _ opening: ReplyEvent.Opening) -> WireEvent {
        let block: JSONValue
        switch opening {
        case .text, .refusal: block = ["type": "text", "text": ""]
        case .reasoning(.some(let sealed)): block = ["type": "redacted_thinking", "data": .string(sealed)]
        case .reasoning: block = ["type": "thinking", "thinking": "", "signature": ""]
        case .toolCall(let id, let name):
            block = ["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]]
        }
        return Self.event("content_block_start", #","index":\#(part),"content_block":\#(block.text)}"#)
    }

    private func delta(_ part: Int, _ members: String, _ text: String) -> WireEvent {
        var bytes = Array(#"{"type":"content_block_delta","index":\#(part),"delta":{"type":\#(members)"#.utf8)
        JSONText.appendEscaped(text, to: &bytes)
        bytes += "}}".utf8
        return WireEvent(name: "content_block_delta", data: bytes)
    }

    private func last() -> WireEvent {
        var sequence: JSONValue = nil
        if case .stopSequence(let text?) = reason { sequence = .string(text) }
        let delta: JSONValue = [
            "stop_reason": JSONValue(AnthropicMessages.word(for: reason)), "stop_sequence": sequence,
        ]
        let usage = AnthropicMessages.usage(usage)
        return Self.event("message_delta", #","delta":\#(delta.text),"usage":\#(usage.text)}"#)
    }
}
