import HTTP
import JSON

/// OpenAI's chat completion format, as an answer and as the events of a stream.
struct ChatWire {
    let id: String
    let request: SimulatedRequest
    let answer: SimulatedAnswer

    private var completionTokens: Int {
        switch answer {
        case .text(let text): max(1, text.split(separator: " ").count)
        case .toolCall(_, let arguments): max(1, arguments.utf8.count / 4)
        }
    }

    private var usage: JSONValue {
        let output = completionTokens
        return [
            "prompt_tokens": .integer(Int64(request.promptTokens)), "completion_tokens": .integer(Int64(output)),
            "total_tokens": .integer(Int64(request.promptTokens + output)),
            "prompt_tokens_details": ["cached_tokens": 0],
        ]
    }

    private var finishReason: JSONValue {
        if case .toolCall = answer { return "tool_calls" }
        return "stop"
    }

    var completion: [UInt8] {
        let message: JSONValue =
            switch answer {
            case .text(let text): ["role": "assistant", "content": .string(text)]
            case .toolCall(let name, let arguments):
                [
                    "role": "assistant", "content": .null,
                    "tool_calls": [
                        [
                            "id": "call_1", "type": "function",
                            "function": ["name": .string(name), "arguments": .string(arguments)],
                        ]
                    ],
                ]
            }
        let document: JSONValue = [
            "id": .string(id), "object": "chat.completion", "created": 1_700_000_000, "model": .string(request.model),
            "choices": [["index": 0, "message": message, "finish_reason": finishReason]], "usage": usage,
        ]
        return document.encoded()
    }

    /// The events in order, `[DONE]` last.
    var events: [[UInt8]] {
        var events = [chunk(delta: ["role": "assistant", "content": ""])]
        switch answer {
        case .text(let text):
            for piece in Self.pieces(text) { events.append(chunk(delta: ["content": .string(piece)])) }
        case .toolCall(let name, let arguments):
            events.append(
                chunk(delta: [
                    "tool_calls": [
                        [
                            "index": 0, "id": "call_1", "type": "function",
                            "function": ["name": .string(name), "arguments": ""],
                        ]
                    ]
                ]))
            for piece in Self.halves(arguments) {
                events.append(
                    chunk(delta: ["tool_calls": [["index": 0, "function": ["arguments": .string(piece)]]]]))
            }
        }
        events.append(chunk(delta: [:], finishReason: finishReason))
        if request.includesUsage { events.append(event(choices: [], usage: usage)) }
        events.append(Array("data: [DONE]\n\n".utf8))
        return events
    }

    private func chunk(delta: JSONValue, finishReason: JSONValue = .null) -> [UInt8] {
        event(choices: [["index": 0, "delta": delta, "finish_reason": finishReason]], usage: nil)
    }

    private func event(choices: JSONValue, usage: JSONValue?) -> [UInt8] {
        var document: JSONObject = [
            "id": .string(id), "object": "chat.completion.chunk", "created": 1_700_000_000,
            "model": .string(request.model), "choices": choices,
        ]
        if let usage { document["usage"] = usage }
        return Array("data: ".utf8) + JSONValue.object(document).encoded() + Array("\n\n".utf8)
    }

    /// Words with the space before them, so that they join to the text.
    private static func pieces(_ text: String) -> [String] {
        var pieces = [String]()
        for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            pieces.append(index == 0 ? String(word) : " " + word)
        }
        return pieces
    }

    private static func halves(_ text: String) -> [String] {
        let half = text.count / 2
        return [String(text.prefix(half)), String(text.dropFirst(half))]
    }
}
