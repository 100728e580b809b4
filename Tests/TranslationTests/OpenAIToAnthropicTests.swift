import JSON
import Testing
import Translation

/// Requests of OpenAI's wire as Anthropic wants them; shapes from both vendors' references.
struct OpenAIToAnthropicTests {
    @Test func aPlainRequestGetsTheLimitThatAnthropicWants() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[{"role":"system","content":"Be short."},{"role":"user","content":"6*7?"}],"#
                + #""temperature":0.5,"stop":"\n","user":"u1","n":1,"logprobs":false,"store":false,"#
                + #""metadata":{"a":"b"}}"#
        )
        #expect(
            body == [
                "model": "m", "max_tokens": 4096, "temperature": 0.5, "stop_sequences": ["\n"], "system": "Be short.",
                "metadata": ["user_id": "u1"], "messages": [["role": "user", "content": "6*7?"]],
            ])
    }

    @Test func instructionsInTheMidstGoToTheFrontInOrder() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[{"role":"developer","content":"a"},{"role":"user","content":"u"},"#
                + #"{"role":"system","content":[{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}]}]}"#)
        #expect(
            body["system"] == [
                ["type": "text", "text": "a"],
                ["type": "text", "text": "b", "cache_control": ["type": "ephemeral"]],
            ])
        #expect(body["messages"] == [["role": "user", "content": "u"]])
    }

    @Test func toolsCallsAndResultsKeepTheirNamesAndIds() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","max_completion_tokens":9,"parallel_tool_calls":false,"tool_choice":"required","#
                + #""tools":[{"type":"function","function":{"name":"w","description":"d","strict":true,"#
                + #""parameters":{"type":"object","properties":{"c":{"type":"string"}}}}},"#
                + #"{"type":"function","function":{"name":"bare"}}],"messages":["#
                + #"{"role":"user","content":"?"},{"role":"assistant","content":null,"tool_calls":["#
                + #"{"id":"c1","type":"function","function":{"name":"w","arguments":"{\"c\":\"Kyiv\"}"}},"#
                + #"{"id":"c2","type":"function","function":{"name":"bare","arguments":""}}]},"#
                + #"{"role":"tool","tool_call_id":"c1","content":"12"},"#
                + #"{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"x"}]},"#
                + #"{"role":"user","content":"and?"}]}"#)
        #expect(body["tool_choice"] == ["type": "any", "disable_parallel_tool_use": true])
        #expect(
            body["tools"] == [
                [
                    "name": "w", "description": "d", "strict": true,
                    "input_schema": ["type": "object", "properties": ["c": ["type": "string"]]],
                ],
                ["name": "bare", "input_schema": ["type": "object", "properties": [:]]],
            ])
        #expect(
            body["messages"] == [
                ["role": "user", "content": "?"],
                [
                    "role": "assistant",
                    "content": [
                        ["type": "tool_use", "id": "c1", "name": "w", "input": ["c": "Kyiv"]],
                        ["type": "tool_use", "id": "c2", "name": "bare", "input": [:]],
                    ],
                ],
                [
                    "role": "user",
                    "content": [
                        ["type": "tool_result", "tool_use_id": "c1", "content": "12"],
                        ["type": "tool_result", "tool_use_id": "c2", "content": "x"],
                    ],
                ],
                ["role": "user", "content": "and?"],
            ])
    }

    @Test func imagesAndDocumentsAreSourcesOfTheirKind() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"?"},"#
                + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD","detail":"auto"}},"#
                + #"{"type":"image_url","image_url":{"url":"https://x/y.jpg"}},"#
                + #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,UERG"}}]}]}"#)
        #expect(
            body["messages"]?[0]?["content"] == [
                ["type": "text", "text": "?"],
                ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "QUJD"]],
                ["type": "image", "source": ["type": "url", "url": "https://x/y.jpg"]],
                [
                    "type": "document", "title": "a.pdf",
                    "source": ["type": "base64", "media_type": "application/pdf", "data": "UERG"],
                ],
            ])
    }

    @Test(
        arguments: [
            (#""reasoning_effort":"high""#, #"{"effort":"high"}"#, "null"),
            (#""reasoning_effort":"minimal""#, #"{"effort":"low"}"#, "null"),
            (#""reasoning_effort":"none""#, "null", #"{"type":"disabled"}"#),
            (
                #""thinking":{"type":"enabled","budget_tokens":2000}"#, "null",
                #"{"type":"enabled","budget_tokens":2000}"#
            ), (#""thinking":{"type":"disabled"}"#, "null", #"{"type":"disabled"}"#),
            (#""thinking":{"type":"of_tomorrow"}"#, "null", #"{"type":"of_tomorrow"}"#),
            (
                #""thinking":{"type":"adaptive","display":"omitted"},"reasoning_effort":"low""#, #"{"effort":"low"}"#,
                #"{"type":"adaptive","display":"omitted"}"#
            ),
        ])
    func reasoningIsAskedForInAnthropicsWords(member: String, output: String, thinking: String) throws {
        let body = try Wires.toAnthropic(#"{"model":"m","messages":[],\#(member)}"#)
        #expect(body["output_config"] ?? .null == (try JSONValue(parsing: output)))
        #expect(body["thinking"] ?? .null == (try JSONValue(parsing: thinking)))
    }

    /// Models that think only when they are told to are told so, where that goes with what else was asked for.
    @Test(
        arguments: [
            ("claude-opus-4-6", "", true), ("claude-sonnet-5", "", true), ("claude-haiku-5-5-20261007", "", true),
            ("eu.anthropic.claude-opus-4-7-v1:0", "", true), ("claude-opus-4-5-20251101", "", false),
            ("claude-sonnet-4-20250514", "", false), ("claude-3-7-sonnet-20250219", "", false), ("mine", "", false),
            ("claude-opus-4-6", #","tool_choice":"required""#, false),
            ("claude-opus-4-6", #","temperature":0.5"#, false), ("claude-opus-4-6", #","top_p":0.9"#, false),
            ("claude-opus-4-6", #","temperature":1,"tool_choice":"auto""#, true),
        ])
    func anEffortMakesAModelThink(model: String, member: String, thinks: Bool) throws {
        let start = #"{"model":"\#(model)","messages":[]"#
        let body = try Wires.toAnthropic(start + member + #","reasoning_effort":"high"}"#)
        #expect(body["output_config"]?["effort"] == "high")
        #expect(body["thinking"]?["type"]?.stringValue == (thinks ? "adaptive" : nil))
        #expect(try Wires.toAnthropic(start + member + "}")["thinking"] == nil)
    }

    @Test func aLimitThatNobodySetIsWhatTheModelCanGive() throws {
        var conversation = try OpenAIChat.conversation(try Wires.object(#"{"model":"m","messages":[]}"#))
        conversation.maxTokensFallback = 64_000
        #expect(try AnthropicMessages.request(conversation)["max_tokens"] == 64_000)
        conversation.reasoning.mode = .budget(10_000)
        #expect(try AnthropicMessages.request(conversation)["max_tokens"] == 64_000)
        conversation.maxTokensFallback = nil
        #expect(try AnthropicMessages.request(conversation)["max_tokens"] == 14_096, "the budget has to fit below it")
        conversation.maxTokens = 5
        #expect(try AnthropicMessages.request(conversation)["max_tokens"] == 5)
    }

    @Test func blankTextIsLeftOutAndSoIsATurnOfNothingElse() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[{"role":"system","content":" \n"},{"role":"user","content":"?"},"#
                + #"{"role":"assistant","content":"\u00a0\n"},{"role":"assistant","content":"","tool_calls":["#
                + #"{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
                + #"{"role":"tool","tool_call_id":"c","content":" "},"#
                + #"{"role":"user","content":[{"type":"text","text":" "},{"type":"text","text":" a "}]}]}"#)
        #expect(body["system"] == nil)
        #expect(
            body["messages"] == [
                ["role": "user", "content": "?"],
                [
                    "role": "assistant",
                    "content": [["type": "tool_use", "id": "c", "name": "f", "input": [:]]],
                ], ["role": "user", "content": [["type": "tool_result", "tool_use_id": "c"]]],
                ["role": "user", "content": [["type": "text", "text": " a "]]],
            ])
    }

    @Test func whatIsSaidOfASchemaStandsInIt() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","#
                + #""description":"A parcel.","schema":{"type":"object"}}}}"#)
        #expect(body["output_config"]?["format"]?["schema"] == ["type": "object", "description": "A parcel."])
    }

    @Test func aSchemaBecomesTheFormatOfTheOutput() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[],"reasoning_effort":"low","response_format":{"type":"json_schema","#
                + #""json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}}"#)
        #expect(
            body["output_config"] == [
                "effort": "low", "format": ["type": "json_schema", "schema": ["type": "object"]],
            ])
    }

    @Test func signedThoughtsGoBackAndUnsignedOnesStay() throws {
        let body = try Wires.toAnthropic(
            #"{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_content":"t","#
                + #""thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"},"#
                + #"{"type":"redacted_thinking","data":"d"}]},"#
                + #"{"role":"assistant","content":"b","reasoning_content":"mine"}]}"#)
        #expect(
            body["messages"] == [
                [
                    "role": "assistant",
                    "content": [
                        ["type": "thinking", "thinking": "t", "signature": "s"],
                        ["type": "redacted_thinking", "data": "d"], ["type": "text", "text": "a"],
                    ],
                ],
                ["role": "assistant", "content": [["type": "text", "text": "b"]]],
            ])
    }

    @Test(
        arguments: [
            (#""seed":1"#, "seed"), (#""n":2"#, "n"), (#""presence_penalty":0.1"#, "presence_penalty"),
            (#""frequency_penalty":1"#, "frequency_penalty"), (#""logit_bias":{"1":1}"#, "logit_bias"),
            (#""logprobs":true"#, "logprobs"), (#""modalities":["text","audio"]"#, "modalities"),
            (#""response_format":{"type":"json_object"}"#, "response_format"),
            (#""service_tier":"flex""#, "service_tier"), (#""web_search_options":{}"#, "web_search_options"),
            (#""field_of_tomorrow":1"#, "field_of_tomorrow"), (#""reasoning_effort":"wild""#, "reasoning_effort"),
            (#""tools":[{"type":"custom","custom":{}}]"#, "tools[0].type"),
            (#""tools":[{"type":"function","function":{"name":"x","deferred":1}}]"#, "tools[0].function.deferred"),
            (#""messages":[{"role":"user","content":"u","name":"ada"}]"#, "messages[0].name"),
            (
                #""messages":[{"role":"user","content":"u"},{"role":"system","content":"s","name":"ada"}]"#,
                "messages[1].name"
            ), (#""tools":[{"type":"function","function":{"name":"x"},"defer":true}]"#, "tools[0].defer"),
            (
                #""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","#
                    + #""crop":[1]}}]}]"#,
                "messages[0].content[0].image_url.crop"
            ),
            (#""messages":[{"role":"user","content":[{"type":"video"}]}]"#, "messages[0].content[0].type"),
            (
                #""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","#
                    + #""detail":"low"}}]}]"#,
                "messages[0].content[0].image_url.detail"
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"","#
                    + #""format":"wav"}}]}]"#,
                "messages[0].content[0]"
            ),
            (
                #""messages":[{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","#
                    + #""function":{"name":"f","arguments":"{half"}}]}]"#, "messages[0].tool_calls"
            ),
            (#""messages":[{"role":"function","content":"x"}]"#, "messages[0].role"),
        ])
    func whatAnthropicHasNotIsNamed(member: String, field: String) {
        let prefix = member.contains(#""messages""#) ? "" : #""messages":[],"#
        let fault = Wires.fault { _ = try Wires.toAnthropic(#"{"model":"m",\#(prefix)\#(member)}"#) }
        #expect(fault?.field == field)
        #expect(fault?.kind == .untranslatable)
    }

    @Test(
        arguments: [
            (#""messages":1"#, "messages"), (#""messages":[1]"#, "messages[0]"), (#""temperature":"x""#, "temperature"),
            (#""messages":[{"content":"u"}]"#, "messages[0].role"),
            (#""messages":[{"role":"user"}]"#, "messages[0].content"),
            (#""messages":[{"role":"user","content":[{"type":"text"}]}]"#, "messages[0].content[0].text"),
            (#""max_tokens":1,"max_completion_tokens":2"#, "max_completion_tokens"), (#""stop":[1]"#, "stop[0]"),
            (#""stream_options":{"include_usage":1}"#, "stream_options.include_usage"),
            (#""tools":[{"type":"function"}]"#, "tools[0].function"),
            (
                #""messages":[{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]}]"#,
                "messages[0].tool_calls[0].id"
            ), (#""tool_choice":"some""#, "tool_choice"),
        ])
    func whatIsMalformedIsNamed(member: String, field: String) {
        let prefix = member.contains(#""messages""#) ? "" : #""messages":[],"#
        let fault = Wires.fault { _ = try Wires.toAnthropic(#"{"model":"m",\#(prefix)\#(member)}"#) }
        #expect(fault?.field == field)
        #expect(fault?.kind == .malformed)
    }
}
