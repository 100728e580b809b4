import JSON
import Testing
import Translation

/// Streams, both ways; events as in both vendors' references.
struct StreamTests {
    private static let typed = [
        #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"#
            + #""model":"claude-x","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"#
            + #""cache_read_input_tokens":5,"output_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}"#,
        #"{"type":"content_block_stop","index":0}"#, #"{"type": "ping"}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel"}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lo \"ü\""}}"#,
        #"{"type":"content_block_stop","index":1}"#,
        #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","#
            + #""name":"w","input":{}}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"c\": \"K"}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"yiv\"}"}}"#,
        #"{"type":"content_block_stop","index":2}"#,
        #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t2","#
            + #""name":"n","input":{}}}"#,
        #"{"type":"content_block_stop","index":3}"#, #"{"type":"event_of_tomorrow"}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"#
            + #""usage":{"output_tokens":15}}"#,
        #"{"type":"message_stop"}"#,
    ].map(Wires.typed)

    private static func delta(_ delta: String, _ finish: String = "null") -> WireEvent {
        Wires.chunk(
            #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-x","choices":[{"index":0,"delta":"#
                + delta + #","finish_reason":"# + finish + "}]}")
    }

    private static let chunks = [
        delta(#"{"role":"assistant","content":"","refusal":null}"#), delta(#"{"reasoning_content":"hm"}"#),
        delta(#"{"content":"Hel"}"#), delta(#"{"content":"lo"}"#),
        delta(#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"w","arguments":""}}]}"#),
        delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"c\":"}}]}"#),
        delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#),
        delta(#"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"n","arguments":"{}"}}]}"#),
        delta("{}", #""tool_calls""#),
        Wires.chunk(
            #"{"id":"c1","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":9,"#
                + #""prompt_tokens_details":{"cached_tokens":10}}}"#),
        Wires.chunk("[DONE]"),
    ]

    @Test func typedEventsBecomeChunksWithNumberedCalls() throws {
        let events = try Wires.translated(Self.typed, from: AnthropicMessages.self, to: OpenAIChat.self)
        #expect(events.last == Wires.chunk("[DONE]"))
        let values = try events.dropLast().map { try Wires.value($0.data) }
        let choices = values.compactMap { $0["choices"]?[0] }
        #expect(choices.first?["delta"]?["role"] == "assistant")
        #expect(choices.compactMap { $0["delta"]?["content"]?.stringValue }.joined() == #"Hello "ü""#)
        #expect(choices.compactMap { $0["delta"]?["reasoning_content"]?.stringValue }.joined() == "hm")
        let blocks = choices.compactMap { $0["delta"]?["thinking_blocks"]?[0] }
        #expect(blocks == [["index": 0, "type": "thinking", "thinking": "hm", "signature": "sig"]])
        let calls = choices.compactMap { $0["delta"]?["tool_calls"]?[0] }
        #expect(calls.compactMap { $0["id"]?.stringValue } == ["t1", "t2"])
        #expect(calls.map { $0["index"]?.intValue } == [0, 0, 0, 1, 1])
        let arguments = calls.filter { $0["index"] == 0 }.compactMap { $0["function"]?["arguments"]?.stringValue }
        #expect(arguments.joined() == #"{"c": "Kyiv"}"#)
        #expect(calls.last?["function"]?["arguments"] == "{}", "a caller reads arguments as JSON")
        #expect(choices.last?["finish_reason"] == "tool_calls")
        let usage = values.last
        #expect(usage?["choices"] == [])
        #expect(
            usage?["usage"] == [
                "prompt_tokens": 30, "completion_tokens": 15, "total_tokens": 45,
                "prompt_tokens_details": ["cached_tokens": 5],
            ])
        #expect(values.dropLast().allSatisfy { $0["usage"] == .null })
        #expect(values.allSatisfy { $0["id"] == "msg_1" && $0["model"] == "claude-x" })
    }

    @Test func usageThatWasNotAskedForIsNotTold() throws {
        let events = try Wires.translated(
            Self.typed, from: AnthropicMessages.self, to: OpenAIChat.self, wantsUsage: false)
        #expect(!events.contains { String(decoding: $0.data, as: UTF8.self).contains("usage") })
    }

    @Test func chunksBecomeTypedEventsInTheirOrder() throws {
        let events = try Wires.translated(Self.chunks, from: OpenAIChat.self, to: AnthropicMessages.self)
        let values = try events.map { try Wires.value($0.data) }
        #expect(events.map(\.name) == values.map { $0["type"]?.stringValue })
        #expect(
            values.compactMap { $0["type"]?.stringValue } == [
                "message_start", "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
            ])
        #expect(
            values.filter { $0["type"] == "content_block_start" }.map { $0["content_block"] } == [
                ["type": "thinking", "thinking": "", "signature": ""], ["type": "text", "text": ""],
                ["type": "tool_use", "id": "a", "name": "w", "input": [:]],
                ["type": "tool_use", "id": "b", "name": "n", "input": [:]],
            ])
        #expect(
            values.filter { $0["type"] == "content_block_start" }.map { $0["index"]?.intValue } == [0, 1, 2, 3])
        let pieces = values.filter { $0["index"] == 2 }.compactMap { $0["delta"]?["partial_json"]?.stringValue }
        #expect(pieces.joined() == #"{"c":1}"#)
        let last = values[values.count - 2]
        #expect(last["delta"] == ["stop_reason": "tool_use", "stop_sequence": nil])
        #expect(
            last["usage"] == [
                "input_tokens": 20, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 10,
                "output_tokens": 9,
            ])
    }

    /// A stream that breaks says nothing of an end, wherever it breaks.
    @Test func noPrefixOfAStreamIsAWholeAnswer() throws {
        for count in 0..<Self.typed.count {
            let events = try Wires.translated(
                Array(Self.typed.prefix(count)), from: AnthropicMessages.self, to: OpenAIChat.self)
            #expect(!events.contains(Wires.chunk("[DONE]")))
        }
        for count in 0..<Self.chunks.count {
            let events = try Wires.translated(
                Array(Self.chunks.prefix(count)), from: OpenAIChat.self, to: AnthropicMessages.self)
            #expect(!events.contains { $0.name == "message_stop" || $0.name == "message_delta" })
        }
    }

    @Test func anErrorWithinAStreamIsTheCallersOwn() throws {
        let typed = Wires.typed(#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)
        let chunk = try Wires.translated([typed], from: AnthropicMessages.self, to: OpenAIChat.self)
        #expect(try Wires.value(chunk[0].data)["error"]?["message"] == "Overloaded")
        #expect(try Wires.value(chunk[0].data)["error"]?["code"] == "overloaded_error")
        let other = Wires.chunk(#"{"error":{"message":"no","code":"x"}}"#)
        let event = try Wires.translated([other], from: OpenAIChat.self, to: AnthropicMessages.self)
        #expect(event[0].name == "error")
        #expect(try Wires.value(event[0].data)["error"] == ["type": "api_error", "message": "no"])
    }

    @Test(
        arguments: [
            "no json", "[]", #"{"type":"content_block_delta","index":7,"delta":{"type":"text_delta","text":""}}"#,
            #"{"type":"content_block_stop"}"#, #"{"type":"content_block_start","index":0}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use"}}"#,
        ])
    func whatIsNoEventOfAnthropicsBreaksTheStream(data: String) {
        var reader = AnthropicMessages.eventReader()
        #expect(throws: TranslationError.self) { try reader.read(Wires.typed(data)) }
    }

    @Test func aCallThatHasEndedCannotGoOn() throws {
        var reader = OpenAIChat.eventReader()
        for chunk in Self.chunks.prefix(8) { _ = try reader.read(chunk) }
        let late = Self.delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"x"}}]}"#)
        #expect(throws: TranslationError.self) { try reader.read(late) }
    }
}
