import Domain
import JSON
import Testing

@testable import Telemetry

/// Streams of Anthropic's wire, as they are kept.
struct StreamedMessageTests {
    private static func kept(_ events: [String]) throws -> (JSONValue, StreamedAnswer) {
        let bodies = OutcomeBodies(request: [], bytesMax: 4_096)
        for event in events { bodies.relayed(Array(event.utf8)) }
        var answer = StreamedAnswer(try #require(bodies.answer))
        let value = try JSONValue(parsing: answer.encoded())
        return (value, answer)
    }

    private static func delta(_ index: Int, _ members: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":{\#(members)}}"#
    }

    private static let events =
        [
            #"{"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
            delta(0, #""type":"thinking_delta","thinking":"h""#), delta(0, #""type":"thinking_delta","thinking":"m""#),
            delta(0, #""type":"signature_delta","signature":"s""#),
            #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        ] + ["write to a", "da@b.exa", "mple now"].map { delta(1, #""type":"text_delta","text":"\#($0)""#) } + [
            #"{"type":"content_block_start","index":2,"content_block":"#
                + #"{"type":"tool_use","id":"t","name":"n","input":{}}}"#,
            delta(2, #""type":"input_json_delta","partial_json":"{\"a\":""#),
            delta(2, #""type":"input_json_delta","partial_json":"1}""#),
        ]

    @Test func aWholeStreamIsTheMessageThatItWas() throws {
        let (message, answer) = try Self.kept(
            Self.events + [#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}}"#])
        #expect(
            message == [
                "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
                "content": [
                    ["type": "thinking", "thinking": "hm", "signature": "s"],
                    ["type": "text", "text": "write to ada@b.example now"],
                    ["type": "tool_use", "id": "t", "name": "n", "input": ["a": 1]],
                ],
            ])
        #expect(!answer.isCut)
    }

    /// The end of what broke off may be half of something sensitive.
    @Test func aStreamThatBrokeOffIsKeptWithoutItsEnd() throws {
        let (message, answer) = try Self.kept(Array(Self.events.prefix(8)))
        #expect(answer.isCut)
        #expect(message["stop_reason"] == .null)
        #expect(message["content"]?[1]?["text"]?.stringValue?.contains("ada") == false)
    }
}
