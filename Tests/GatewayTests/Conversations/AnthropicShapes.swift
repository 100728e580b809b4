/// Answers in the shapes of Anthropic's public documentation.
enum AnthropicShapes {
    static let message =
        #"{"id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","model":"claude-x","content":["#
        + #"{"type":"text","text":"42"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"#
        + #""cache_creation_input_tokens":1,"cache_read_input_tokens":2,"output_tokens":3}}"#

    static let toolUse =
        #"{"id":"msg_2","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","#
        + #""text":"I look."},"#
        + #"{"type":"tool_use","id":"toolu_1","name":"weather","input":{"city":"Kyiv"}}],"stop_reason":"tool_use","#
        + #""stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":3}}"#

    static let overloaded = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
    static let limited =
        #"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"},"request_id":"req_9"}"#
    static let invalid =
        #"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too large"}}"#

    static func event(_ data: String) -> String {
        let type = data.split(separator: "\"")[3]
        return "event: \(type)\ndata: \(data)\n\n"
    }

    /// Each with its framing.
    static let events = [
        #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","#
            + #""content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"#
            + #""cache_creation_input_tokens":1,"cache_read_input_tokens":2,"output_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        #"{"type": "ping"}"#, #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"4"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"2"}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"#
            + #""usage":{"output_tokens":3}}"#,
        #"{"type":"message_stop"}"#,
    ].map(event)

    static func stream(_ events: [String], isWhole: Bool = true) -> [ScriptedUpstream.Step] {
        let sent = events.map { ScriptedUpstream.chunk($0) }
        return [.send(ScriptedUpstream.streamHead)] + sent + (isWhole ? [ScriptedUpstream.lastChunk] : [.close])
    }

    static let question = #"{"model":"bot","max_tokens":64,"messages":[{"role":"user","content":"6*7?"}]}"#
    static let streamed =
        #"{"model":"bot","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"6*7?"}]}"#
}
