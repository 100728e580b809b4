import JSON

/// Writes an answer in the shapes of Anthropic's API: a message, or its typed events.
struct MessageEncoder {
    private let request: MessageRequest
    private let answer: ChatAnswer
    private let identifier: String

    private static let thought = ["The answer", " is known."]
    /// Opaque, and wanted back as it is.
    private static let signature = "EqQBCkYIBxgCKkDsimulated=="

    init(_ request: MessageRequest, _ answer: ChatAnswer, seed: UInt64, sequence: Int) {
        self.request = request
        self.answer = answer
        identifier = "msg_" + Hexadecimal.text(SeededHash(seed).mixing(UInt64(sequence)).value)
    }

    /// The whole answer.
    func message() -> [UInt8] {
        var content: [JSONValue] = []
        if request.isThinking {
            content.append([
                "type": "thinking", "thinking": .string(Self.thought.joined()), "signature": .string(Self.signature),
            ])
        }
        switch answer {
        case .text(let text): content.append(["type": "text", "text": .string(text)])
        case .call(let identifier, let name, let arguments):
            content.append([
                "type": "tool_use", "id": .string(Self.tool(identifier)), "name": .string(name),
                "input": (try? JSONValue(parsing: arguments)) ?? [:],
            ])
        }
        return JSONValue.object(shell(content, stop: .string(stopReason), output: outputTokens)).encoded()
    }

    /// The events of a stream, `message_stop` included.
    func events() -> [[UInt8]] {
        var events: [[UInt8]] = []
        func add(_ type: String, _ members: JSONObject) {
            var object: JSONObject = ["type": .string(type)]
            for (key, value) in members { object[key] = value }
            events.append(
                Array("event: \(type)\ndata: ".utf8) + JSONValue.object(object).encoded() + Array("\n\n".utf8))
        }
        var index: Int64 = 0
        func block(_ opening: JSONObject, _ deltas: [JSONObject]) {
            add("content_block_start", ["index": .integer(index), "content_block": .object(opening)])
            for delta in deltas { add("content_block_delta", ["index": .integer(index), "delta": .object(delta)]) }
            add("content_block_stop", ["index": .integer(index)])
            index += 1
        }
        add("message_start", ["message": .object(shell([], stop: nil, output: 1))])
        add("ping", [:])
        if request.isThinking {
            block(
                ["type": "thinking", "thinking": "", "signature": ""],
                Self.thought.map { ["type": "thinking_delta", "thinking": .string($0)] }
                    + [["type": "signature_delta", "signature": .string(Self.signature)]])
        }
        let tokens = answer.tokens.map { JSONValue.string(String(decoding: $0, as: UTF8.self)) }
        switch answer {
        case .text:
            block(["type": "text", "text": ""], tokens.map { ["type": "text_delta", "text": $0] })
        case .call(let identifier, let name, _):
            block(
                ["type": "tool_use", "id": .string(Self.tool(identifier)), "name": .string(name), "input": [:]],
                [["type": "input_json_delta", "partial_json": ""]]
                    + tokens.map { ["type": "input_json_delta", "partial_json": $0] })
        }
        add(
            "message_delta",
            [
                "delta": ["stop_reason": .string(stopReason), "stop_sequence": nil],
                "usage": ["output_tokens": JSONValue(outputTokens)],
            ])
        add("message_stop", [:])
        return events
    }

    private static func tool(_ identifier: String) -> String { "toolu_" + identifier.dropFirst(5) }

    private var stopReason: String {
        if case .call = answer { "tool_use" } else { "end_turn" }
    }

    private var outputTokens: Int { max(1, answer.tokens.count + (request.isThinking ? Self.thought.count : 0)) }

    private func shell(_ content: [JSONValue], stop: JSONValue, output: Int) -> JSONObject {
        // As though every prompt from 1,024 tokens on had been sent before.
        let prompt = request.chat.promptTokens
        let cached = prompt < 1_024 ? 0 : prompt / 128 * 128
        return [
            "id": .string(identifier), "type": "message", "role": "assistant", "model": .string(request.chat.model),
            "content": .array(content), "stop_reason": stop, "stop_sequence": nil,
            "usage": [
                "input_tokens": JSONValue(prompt - cached), "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": JSONValue(cached), "output_tokens": JSONValue(output),
            ],
        ]
    }
}
