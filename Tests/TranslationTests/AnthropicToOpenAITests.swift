import JSON
import Testing
import Translation

/// Requests of Anthropic's wire as OpenAI's providers want them; shapes from both vendors' references.
struct AnthropicToOpenAITests {
    @Test func aPlainRequestKeepsWhatItSays() throws {
        let body = try Wires.toOpenAI(
            #"{"model":"m","max_tokens":64,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},"#
                + #"{"type":"text","text":"b"}],"messages":[{"role":"user","content":"6*7?"}],"top_k":4,"#
                + #""stop_sequences":["x"],"metadata":{"user_id":"u1"},"service_tier":"standard_only","stream":true}"#)
        #expect(
            body == [
                "model": "m", "max_completion_tokens": 64, "top_k": 4, "stop": ["x"], "user": "u1",
                "service_tier": "default", "stream": true, "stream_options": ["include_usage": true],
                "messages": [
                    ["role": "system", "content": [["type": "text", "text": "a"], ["type": "text", "text": "b"]]],
                    ["role": "user", "content": "6*7?"],
                ],
            ])
    }

    @Test func resultsStandBehindTheirCallsAndBeforeWhatIsSaidWithThem() throws {
        let body = try Wires.toOpenAI(
            #"{"model":"m","max_tokens":9,"tools":[{"name":"w","input_schema":{"type":"object"}}],"#
                + #""tool_choice":{"type":"tool","name":"w","disable_parallel_tool_use":true},"messages":["#
                + #"{"role":"user","content":"?"},{"role":"assistant","content":["#
                + #"{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"I look."},"#
                + #"{"type":"tool_use","id":"t1","name":"w","input":{"c":"Kyiv"}}]},"#
                + #"{"role":"user","content":[{"type":"text","text":"thanks"},"#
                + #"{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"12"}],"#
                + #""is_error":false}]}]}"#
        )
        #expect(body["tool_choice"] == ["type": "function", "function": ["name": "w"]])
        #expect(body["parallel_tool_calls"] == false)
        #expect(
            body["messages"] == [
                ["role": "user", "content": "?"],
                [
                    "role": "assistant", "content": "I look.",
                    "tool_calls": [
                        [
                            "id": "t1", "type": "function",
                            "function": ["name": "w", "arguments": #"{"c":"Kyiv"}"#],
                        ]
                    ],
                ],
                ["role": "tool", "tool_call_id": "t1", "content": "12"],
                ["role": "user", "content": "thanks"],
            ])
    }

    /// They stand behind all results of the turn, which have to follow the calls.
    @Test func imagesInResultsGoIntoAMessageOfTheUser() throws {
        let body = try Wires.toOpenAI(
            #"{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":["#
                + #"{"type":"tool_use","id":"t1","name":"w","input":{}},"#
                + #"{"type":"tool_use","id":"t2","name":"w","input":{}}]},{"role":"user","content":["#
                + #"{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"a"},"#
                + #"{"type":"image","source":{"type":"url","url":"https://x/y"}}]},"#
                + #"{"type":"tool_result","tool_use_id":"t2","content":[{"type":"document","source":"#
                + #"{"type":"base64","media_type":"application/pdf","data":"UERG"}}]},"#
                + #"{"type":"text","text":"and?"}]}]}"#)
        let messages = try #require(body["messages"]?.arrayValue)
        #expect(messages.count == 4)
        #expect(messages[1] == ["role": "tool", "tool_call_id": "t1", "content": "a"])
        #expect(messages[2] == ["role": "tool", "tool_call_id": "t2", "content": ""])
        let content = try #require(messages[3]["content"]?.arrayValue)
        #expect(content.map { $0["type"] } == ["image_url", "file", "text"])
        #expect(content[0]["image_url"]?["url"] == "https://x/y")
        #expect(content[1]["file"]?["file_data"] == "data:application/pdf;base64,UERG")
    }

    @Test func whatOnlyTakesThinkingOutOfEarlierTurnsIsDoneAnyway() throws {
        let body = try Wires.toOpenAI(
            #"{"model":"m","max_tokens":1,"messages":[],"context_management":{"edits":["#
                + #"{"type":"clear_thinking_20251015","keep":"all"}]}}"#)
        #expect(body == ["model": "m", "max_completion_tokens": 1, "messages": []])
    }

    @Test func thoughtsBeforeCallsGoBackToWhoWantsThem() throws {
        var conversation = try AnthropicMessages.conversation(
            try Wires.object(
                #"{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":["#
                    + #"{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"a"}]},"#
                    + #"{"role":"user","content":"?"},{"role":"assistant","content":["#
                    + #"{"type":"thinking","thinking":"so","signature":""},"#
                    + #"{"type":"tool_use","id":"t","name":"n","input":{},"caller":{"type":"direct"}}]},"#
                    + #"{"role":"assistant","content":[{"type":"tool_use","id":"u","name":"n","input":{}}]},"#
                    + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]}"#))
        func thoughts() throws -> [String?]? {
            try OpenAIChat.request(conversation)["messages"]?.arrayValue?.map { $0["reasoning_content"]?.stringValue }
        }
        #expect(try thoughts() == [nil, nil, nil, nil, nil])
        conversation.returnsReasoning = true
        #expect(try thoughts() == [nil, nil, "so", "", nil])
    }

    @Test func imagesBecomeURLs() throws {
        let body = try Wires.toOpenAI(
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":["#
                + #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},"#
                + #"{"type":"image","source":{"type":"url","url":"https://x/y"}}]}]}"#)
        #expect(
            body["messages"]?[0]?["content"] == [
                ["type": "image_url", "image_url": ["url": "data:image/png;base64,QUJD"]],
                ["type": "image_url", "image_url": ["url": "https://x/y"]],
            ])
    }

    @Test(
        arguments: [
            (#"{"type":"disabled"}"#, "none"), (#"{"type":"enabled","budget_tokens":1024}"#, "low"),
            (#"{"type":"enabled","budget_tokens":4096}"#, "medium"),
            (#"{"type":"enabled","budget_tokens":31999}"#, "high"), (#"{"type":"adaptive"}"#, nil),
        ] as [(String, String?)])
    func thinkingBecomesAnEffort(thinking: String, effort: String?) throws {
        let body = try Wires.toOpenAI(#"{"model":"m","max_tokens":1,"messages":[],"thinking":\#(thinking)}"#)
        #expect(body["reasoning_effort"]?.stringValue == effort)
    }

    @Test func theFormatOfTheOutputBecomesASchema() throws {
        let body = try Wires.toOpenAI(
            #"{"model":"m","max_tokens":1,"messages":[],"output_config":{"effort":"xhigh","format":"#
                + #"{"type":"json_schema","schema":{"type":"object"}}}}"#)
        #expect(body["reasoning_effort"] == "xhigh")
        #expect(
            body["response_format"] == [
                "type": "json_schema",
                "json_schema": ["name": "answer", "schema": ["type": "object"], "strict": true],
            ])
    }

    @Test(
        arguments: [
            (#""container":"c""#, "container"), (#""inference_geo":"us""#, "inference_geo"),
            (#""mcp_servers":[{}]"#, "mcp_servers"),
            (#""tools":[{"type":"web_search_20250305","name":"web_search"}]"#, "tools[0].type"),
            (#""thinking":{"type":"between_tools"}"#, "thinking.type"),
            (#""output_config":{"task_budget":1}"#, "output_config.task_budget"),
            (
                #""messages":[{"role":"user","content":[{"type":"search_result"}]}]"#, "messages[0].content[0].type"
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"u"}}]}]"#,
                "messages[0].content[0].source"
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"document","citations":{"enabled":true},"#
                    + #""source":{"type":"text","data":"d"}}]}]"#, "messages[0].content[0].citations"
            ),
            (
                #""messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"n","input":{},"#
                    + #""of_tomorrow":1}]}]"#, "messages[0].content[0].of_tomorrow"
            ),
            (
                #""messages":[{"role":"user","content":"?"},{"role":"assistant","content":"{"}]"#, "messages[1].role"
            ),
            (
                #""context_management":{"edits":[{"type":"clear_thinking_20251015"},"#
                    + #"{"type":"clear_tool_uses_20250919"}]}"#, "context_management"
            ),
        ])
    func whatOpenAIHasNotIsNamed(member: String, field: String) {
        let prefix = member.contains(#""messages""#) ? "" : #""messages":[],"#
        let fault = Wires.fault { _ = try Wires.toOpenAI(#"{"model":"m","max_tokens":1,\#(prefix)\#(member)}"#) }
        #expect(fault?.field == field)
        #expect(fault?.kind == .untranslatable)
    }
}
