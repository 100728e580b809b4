/// A conversation of some turns with a tool, and the answers to it.
enum BenchmarkBodies {
    private static let schema =
        #"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"#

    static func openAIRequest(bytes: Int) -> [UInt8] {
        padded(bytes) { text in
            #"{"model":"m","temperature":0.2,"max_completion_tokens":256,"messages":["#
                + #"{"role":"system","content":"You help with parcels."},{"role":"user","content":"\#(text)"},"#
                + #"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":"#
                + #"{"name":"weather","arguments":"{\"city\":\"Kyiv\"}"}}]},"#
                + #"{"role":"tool","tool_call_id":"call_1","content":"12"},{"role":"user","content":"and now?"}],"#
                + #""tools":[{"type":"function","function":{"name":"weather","description":"of a city","#
                + #""parameters":\#(schema)}}]}"#
        }
    }

    static func anthropicRequest(bytes: Int) -> [UInt8] {
        padded(bytes) { text in
            #"{"model":"m","temperature":0.2,"max_tokens":256,"system":"You help with parcels.","messages":["#
                + #"{"role":"user","content":"\#(text)"},{"role":"assistant","content":[{"type":"tool_use","#
                + #""id":"call_1","name":"weather","input":{"city":"Kyiv"}}]},{"role":"user","content":["#
                + #"{"type":"tool_result","tool_use_id":"call_1","content":"12"},{"type":"text","text":"and now?"}]}],"#
                + #""tools":[{"name":"weather","description":"of a city","input_schema":\#(schema)}]}"#
        }
    }

    private static let words = String(repeating: "The parcel was sent from the northern depot. ", count: 12)

    static let message = Array(
        (#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":["#
            + #"{"type":"text","text":"\#(words)"}],"stop_reason":"end_turn","stop_sequence":null,"#
            + #""usage":{"input_tokens":500,"output_tokens":90}}"#).utf8)

    static let completion = Array(
        (#"{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"#
            + #""role":"assistant","content":"\#(words)","refusal":null},"logprobs":null,"finish_reason":"stop"}],"#
            + #""usage":{"prompt_tokens":500,"completion_tokens":90,"total_tokens":590}}"#).utf8)

    private static func padded(_ bytes: Int, _ body: (String) -> String) -> [UInt8] {
        let empty = body("").utf8.count
        return Array(body(String(String(repeating: words, count: 8).prefix(max(0, bytes - empty)))).utf8)
    }
}
