import Domain
import JSON
import Testing

@testable import Gateway

/// Callers of Anthropic's wire: onto Anthropic, byte for byte, and onto who speaks as OpenAI does.
@Suite(.timeLimit(.minutes(2))) struct AnthropicSurfaceTests {
    private static func rig(
        _ upstream: ScriptedUpstream, kind: String, prompt: CompiledPrompt? = nil, parameters: JSONObject = [:],
        storesBodies: Bool = false
    ) async throws -> Rig {
        let base = kind == "anthropic" ? "http://127.0.0.1:\(upstream.port)" : upstream.baseURL
        let variant = Rig.variant(
            "v0", base, weight: 100, prompt: prompt, parameters: parameters, kind: kind)
        return try await Rig([Rig.deployment("bot", [variant], storesBodies: storesBodies)])
    }

    private static let path = "/v1/messages"

    @Test func aCallPassesUntouchedBothWays() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let rig = try await Self.rig(upstream, kind: "anthropic")
        let own =
            #"{ "model":"bot","max_tokens" : 64,"system":[{"type":"text","text":"s","#
            + #""cache_control":{"type":"ephemeral"}}],"#
            + #""messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","#
            + #""signature":"Eq=="}]}],"knob":[1.50]}"#
        let answer = try await rig.post(own, fields: ["anthropic-beta: a-2026-01-01,b"], path: Self.path)
        #expect(answer.status == 200)
        #expect(answer.text == AnthropicShapes.message)
        let request = upstream.requests[0]
        #expect(request.firstLine == "POST /v1/messages HTTP/1.1")
        #expect(request.text == own.replacing("\"bot\"", with: "\"upstream-model\""))
        #expect(request["x-api-key"] == "sk-canary-v0")
        #expect(request["anthropic-version"] == "2023-06-01")
        #expect(request["anthropic-beta"] == "a-2026-01-01,b")
        #expect(request["authorization"] == nil)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(
            outcome.tokens == Outcome.Tokens(input: 10, output: 3, cached: 2, cacheWritten: 1), "input is all of it")
        #expect(outcome.finishReason == "end_turn")
        #expect(outcome.surface == "messages")
        #expect(answer["request-id"] == outcome.requestID)
    }

    @Test func aStreamPassesUntouchedUpToItsEnd() async throws {
        let upstream = try ScriptedUpstream(AnthropicShapes.stream(AnthropicShapes.events))
        let rig = try await Self.rig(upstream, kind: "anthropic")
        let answer = try await rig.post(AnthropicShapes.streamed, path: Self.path)
        #expect(answer.isWhole)
        #expect(answer.text == AnthropicShapes.events.joined())
        #expect(upstream.requests[0].text == AnthropicShapes.streamed.replacing("\"bot\"", with: "\"upstream-model\""))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.tokens == Outcome.Tokens(input: 10, output: 3, cached: 2, cacheWritten: 1))
        #expect(outcome.finishReason == "end_turn")
        #expect(outcome.firstTokenMilliseconds != nil)
    }

    @Test(arguments: ["anthropic", "openai"])
    func aStreamThatBreaksEndsInAnErrorAndInNothingElse(kind: String) async throws {
        let events =
            kind == "anthropic"
            ? Array(AnthropicShapes.events.prefix(5))
            : ["data: \(ScriptedUpstream.delta("4"))\n\n"]
        let upstream = try ScriptedUpstream(AnthropicShapes.stream(events, isWhole: false))
        let rig = try await Self.rig(upstream, kind: kind)
        let answer = try await rig.post(AnthropicShapes.streamed, path: Self.path)
        #expect(answer.text.contains("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\""))
        #expect(!answer.text.contains("message_stop") && !answer.text.contains("stop_reason\":\""))
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream)
        #expect(outcome.finishReason == nil)
        #expect(outcome.areTokensEstimated)
        // Anthropic tells the input first; one token is an estimate of what was said.
        if kind == "anthropic" {
            #expect(outcome.tokens == Outcome.Tokens(input: 10, output: 1, cached: 2, cacheWritten: 1))
        }
        #expect(outcome.tokens?.output == 1)
        #expect(outcome.costMicroUSD == (outcome.tokens?.input ?? 0) * 2 + 8)
    }

    @Test(arguments: [false, true]) func outputHasWhatWasThoughtWhereItsProviderCountsItApart(isStream: Bool)
        async throws
    {
        let usage =
            #""usage":{"prompt_tokens":9,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":5}}"#
        let plain =
            #"{"id":"c","choices":[{"index":0,"message":{"content":"42"},"finish_reason":"stop"}],\#(usage)}"#
        let events = [
            ScriptedUpstream.delta("42"), ScriptedUpstream.finish, #"{"choices":[],\#(usage)}"#, "[DONE]",
        ]
        let upstream = try ScriptedUpstream(
            isStream
                ? ScriptedUpstream.events(events) + [ScriptedUpstream.lastChunk] : ScriptedUpstream.plain(plain))
        let rig = try await Self.rig(upstream, kind: "xai")
        let answer = try await rig.post(
            isStream ? AnthropicShapes.streamed : AnthropicShapes.question, path: Self.path)
        #expect(answer.text.contains(#""output_tokens":7,"output_tokens_details":{"thinking_tokens":5}"#))
        #expect(await rig.outcomes.one().tokens == Outcome.Tokens(input: 9, output: 7, reasoning: 5))
    }

    /// Objects of several parameters are put together, member by member.
    @Test func whatAVariantSetsLeavesTheCallersOther() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let rig = try await Self.rig(
            upstream, kind: "anthropic",
            parameters: ["reasoning_effort": "low", "user": "u1", "parallel_tool_calls": false])
        func sent(_ members: String) async throws -> JSONValue {
            let body = #"{"model":"bot","max_tokens":9,"messages":[{"role":"user","content":"?"}]\#(members)}"#
            #expect(try await rig.post(body, path: Self.path).status == 200)
            return try JSONValue(parsing: try #require(upstream.requests.last).body)
        }
        let schema = #"{"type":"json_schema","schema":{"type":"object"}}"#
        let both = try await sent(
            #","output_config":{"effort":"high","format":\#(schema)},"metadata":{"user_id":"x","a":"b"},"#
                + #""tools":[{"name":"w","input_schema":{"type":"object"}}],"#
                + #""tool_choice":{"type":"tool","name":"w"}"#)
        #expect(both["output_config"] == ["effort": "low", "format": try JSONValue(parsing: schema)])
        #expect(both["metadata"] == ["user_id": "u1", "a": "b"])
        #expect(both["tool_choice"] == ["type": "tool", "name": "w", "disable_parallel_tool_use": true])
        let bare = try await sent("")
        #expect(bare["output_config"] == ["effort": "low"])
        #expect(bare["metadata"] == ["user_id": "u1"])
        #expect(bare["tool_choice"] == nil, "without tools it would be refused")
        let tools = try await sent(#","tools":[{"name":"w","input_schema":{"type":"object"}}]"#)
        #expect(tools["tool_choice"] == ["type": "auto", "disable_parallel_tool_use": true])
        let none = try await sent(
            #","tools":[{"name":"w","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}"#)
        #expect(none["tool_choice"] == ["type": "none"])
    }

    @Test func aVariantsOwnToolsComeWithItsChoice() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let tool: JSONValue = ["type": "function", "function": ["name": "w", "parameters": ["type": "object"]]]
        let rig = try await Self.rig(
            upstream, kind: "anthropic", parameters: ["tools": [tool], "parallel_tool_calls": false])
        #expect(try await rig.post(AnthropicShapes.question, path: Self.path).status == 200)
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["tools"] == [["name": "w", "input_schema": ["type": "object"]]])
        #expect(sent["tool_choice"] == ["type": "auto", "disable_parallel_tool_use": true])
    }

    @Test func reasoningThatACallerDoesNotWantIsSaidToWhoKnowsTheWord() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let question = AnthropicShapes.question.replacing(
            "\"max_tokens\"", with: #""thinking":{"type":"disabled"},"max_tokens""#)
        for (kind, parameters, effort) in [
            ("openai", [:], nil), ("openrouter", [:], "none"), ("openai", ["reasoning_effort": "none"], "none"),
            ("openai", ["thinking": ["type": "enabled", "budget_tokens": 1_024]], "low"),
        ] as [(String, JSONObject, String?)] {
            let rig = try await Self.rig(upstream, kind: kind, parameters: parameters)
            #expect(try await rig.post(question, path: Self.path).status == 200)
            let sent = try JSONValue(parsing: try #require(upstream.requests.last).body)
            #expect(sent["reasoning_effort"]?.stringValue == effort)
        }
    }

    /// As a coding agent's, which are longer than OpenAI takes.
    @Test func aLongNameOfAUserIsSentAsADigest() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig(upstream, kind: "openai")
        let name = "user_" + String(repeating: "ab", count: 32) + "_account__session_1"
        let question = AnthropicShapes.question.replacing(
            "\"max_tokens\"", with: #""metadata":{"user_id":"\#(name)"},"max_tokens""#)
        #expect(try await rig.post(question, path: Self.path).status == 200)
        let sent = try JSONValue(parsing: upstream.requests[0].body)["user"]?.stringValue
        #expect(sent?.utf8.count == 64)
        #expect(await rig.outcomes.one().unit == name)
    }

    @Test func deepSeekGetsItsThoughtsBackWithItsCalls() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(ScriptedUpstream.completion))
        let rig = try await Self.rig(upstream, kind: "deepseek")
        let body =
            #"{"model":"bot","max_tokens":9,"messages":[{"role":"assistant","content":["#
            + #"{"type":"thinking","thinking":"hm","signature":""},"#
            + #"{"type":"tool_use","id":"t","name":"n","input":{}}]},"#
            + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"1"}]}]}"#
        #expect(try await rig.post(body, path: Self.path).status == 200)
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["messages"]?[0]?["reasoning_content"] == "hm")
    }

    @Test func whatIsCachedForAnHourCostsMore() async throws {
        let usage =
            #""usage":{"input_tokens":0,"cache_creation_input_tokens":300,"cache_creation":{"#
            + #""ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":0}"#
        let message = #"{"id":"m","type":"message","content":[],"stop_reason":"end_turn",\#(usage)}"#
        let events = [
            AnthropicShapes.event(#"{"type":"message_start","message":{\#(usage)}}"#),
            AnthropicShapes.event(
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":0}}"#),
            AnthropicShapes.event(#"{"type":"message_stop"}"#),
        ]
        let upstream = try ScriptedUpstream { request, _ in
            request.text.contains("\"stream\":true") ? AnthropicShapes.stream(events) : ScriptedUpstream.plain(message)
        }
        let price = Price(
            TokenRates(input: 1_000_000, cacheWrite: 2_000_000, cacheWriteLong: 3_000_000, output: 0))
        let variant = Rig.variant(
            "v0", "http://127.0.0.1:\(upstream.port)", weight: 100, kind: "anthropic", price: price)
        let rig = try await Rig([Rig.deployment("bot", [variant])])
        for (path, body) in [
            (Self.path, AnthropicShapes.question), (Self.path, AnthropicShapes.streamed),
            ("/v1/chat/completions", Rig.question), ("/v1/chat/completions", Rig.streamed),
        ] { #expect(try await rig.post(body, path: path).status == 200) }
        #expect(await rig.outcomes.first(4).map(\.costMicroUSD) == [800, 800, 800, 800])
    }

    private static func call(_ arguments: String, _ reason: String) -> String {
        #"{"id":"c1","object":"chat.completion","model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","#
            + #""content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"w","#
            + #""arguments":"\#(arguments)"}}]},"finish_reason":"\#(reason)"}],"#
            + #""usage":{"prompt_tokens":9,"completion_tokens":2}}"#
    }

    @Test func aCallThatTheLimitCutOffIsAnAnswer() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.call(#"{\"a\":"#, "length")))
        let rig = try await Self.rig(upstream, kind: "openai")
        let answer = try await rig.post(AnthropicShapes.question, path: Self.path)
        #expect(answer.status == 200)
        #expect(try JSONValue(parsing: answer.body)["content"]?[0]?["input"] == [:])
        #expect(try JSONValue(parsing: answer.body)["stop_reason"] == "max_tokens")
    }

    /// It was paid for, and its provider is well.
    @Test func anAnswerThatCannotBeSaidCountsAndIsNoFailureOfItsProvider() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(Self.call(#"{\"a\":"#, "tool_calls")))
        let rig = try await Self.rig(upstream, kind: "openai")
        let answer = try await rig.post(AnthropicShapes.question, path: Self.path)
        #expect(answer.status == 502)
        #expect(answer.error("message")?.contains("cannot be told") == true)
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .upstreamError)
        #expect(outcome.error == "untranslatable_answer")
        #expect(outcome.costMicroUSD == 34)
        #expect(outcome.chargeMicroUSD == 34)
        #expect(rig.condition().windowFailures == 0)
    }

    @Test func whatCouldNotBeSaidIsPaidBesideTheAnswerOfAFallback() async throws {
        let unsayable = try ScriptedUpstream(ScriptedUpstream.plain(Self.call(#"{\"a\":"#, "tool_calls")))
        let good = try ScriptedUpstream(ScriptedUpstream.plain(Self.call("{}", "tool_calls")))
        let rig = try await Rig([unsayable.baseURL, good.baseURL])
        #expect(try await rig.post(AnthropicShapes.question, path: Self.path).status == 200)
        let outcome = await rig.outcomes.one()
        #expect(outcome.attempts.map(\.error) == ["untranslatable_answer", nil])
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2))
        #expect(outcome.costMicroUSD == 68)
        #expect(outcome.chargeMicroUSD == 68)
    }

    @Test func anErrorWithinAStreamPassesAndTheOutcomeSaysSo() async throws {
        let events = AnthropicShapes.events.prefix(4) + [AnthropicShapes.event(AnthropicShapes.overloaded)]
        let upstream = try ScriptedUpstream(AnthropicShapes.stream(Array(events)))
        let rig = try await Self.rig(upstream, kind: "anthropic")
        let answer = try await rig.post(AnthropicShapes.streamed, path: Self.path)
        #expect(answer.text == events.joined())
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .brokenStream)
        #expect(outcome.error == "error_event")
    }

    @Test func aPromptStandsAroundWhatTheCallerWrote() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.message))
        let prompt = CompiledPrompt(
            content: .chat(
                try [
                    ["role": "system", "content": "You help {{who}}."], ["role": "user", "content": "before"],
                    ["role": "placeholder", "name": "messages"], ["role": "user", "content": "after"],
                ].map { try PromptMessage($0) }))
        let rig = try await Self.rig(
            upstream, kind: "anthropic", prompt: prompt, parameters: ["stop": "x", "top_k": 3])
        let start = #"{"model":"bot","max_tokens":9,"signalbox":{"variables":{"who":"Ada"}},"#
        for (own, system) in [
            (
                #""system":"own \"s\"","#,
                #"[{"type":"text","text":"You help Ada."},{"type":"text","text":"own \"s\""}]"#
            ),
            (
                #""system":[{"type":"text","text":"o","cache_control":{"type":"ephemeral"}}],"#,
                #"[{"type":"text","text":"You help Ada."},{"type":"text","text":"o","#
                    + #""cache_control":{"type":"ephemeral"}}]"#
            ), ("", #"[{"type":"text","text":"You help Ada."}]"#),
        ] {
            let answer = try await rig.post(
                start + own + #""messages":[{"role":"user","content":"own"}]}"#, path: Self.path)
            #expect(answer.status == 200)
            let sent = try JSONValue(parsing: try #require(upstream.requests.last).body)
            #expect(sent["system"] == (try JSONValue(parsing: system)))
            #expect(sent["messages"]?.arrayValue?.map { $0["content"] } == ["before", "own", "after"])
            #expect(sent["stop_sequences"] == ["x"])
            #expect(sent["top_k"] == 3)
            #expect(sent["signalbox"] == nil)
        }
        let missing = try await rig.post(AnthropicShapes.question, path: Self.path)
        #expect(missing.status == 400)
        #expect(missing.error("type") == "invalid_request_error")
        #expect(missing.error("message")?.contains("who") == true)
    }

    @Test func whoSpeaksAsOpenAIDoesServesIt() async throws {
        let completion =
            #"{"id":"c1","object":"chat.completion","model":"gpt-x","choices":[{"index":0,"#
            + #""message":{"role":"assistant","#
            + #""content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"w","#
            + #""arguments":"{\"a\":1}"}}]},"#
            + #""finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"#
            + #""prompt_tokens_details":{"cached_tokens":4}}}"#
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(completion))
        let rig = try await Self.rig(upstream, kind: "mistral", parameters: ["temperature": 0.5])
        let answer = try await rig.post(AnthropicShapes.question, path: Self.path)
        #expect(answer.status == 200)
        let message = try JSONValue(parsing: answer.body)
        #expect(message["content"] == [["type": "tool_use", "id": "call_1", "name": "w", "input": ["a": 1]]])
        #expect(message["stop_reason"] == "tool_use")
        #expect(message["usage"]?["input_tokens"] == 5)
        #expect(message["usage"]?["cache_read_input_tokens"] == 4)
        #expect(upstream.requests[0].firstLine == "POST /v1/chat/completions HTTP/1.1")
        #expect(upstream.requests[0]["authorization"] == "Bearer sk-canary-v0")
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(
            sent == [
                "model": "upstream-model", "max_tokens": 64, "temperature": 0.5,
                "messages": [["role": "user", "content": "6*7?"]],
            ], "with the kind's own names")
        let outcome = await rig.outcomes.one()
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2, cached: 4))
        #expect(outcome.finishReason == "tool_use")
    }

    @Test func aTranslatedStreamIsWholeAndMetered() async throws {
        let events = [
            ScriptedUpstream.delta("4"), ScriptedUpstream.delta("2"),
            #"{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            #"{"id":"c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#, "[DONE]",
        ]
        let upstream = try ScriptedUpstream(ScriptedUpstream.events(events) + [ScriptedUpstream.lastChunk])
        let rig = try await Self.rig(upstream, kind: "openai", storesBodies: true)
        let answer = try await rig.post(AnthropicShapes.streamed, path: Self.path)
        #expect(answer.text.hasSuffix("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
        #expect(answer.text.contains(#""text":"4""#) && answer.text.contains(#""stop_reason":"end_turn""#))
        #expect(answer.text.contains(#""input_tokens":9"#) && answer.text.contains(#""output_tokens":2"#))
        let sent = try JSONValue(parsing: upstream.requests[0].body)
        #expect(sent["stream_options"] == ["include_usage": true])
        let outcome = await rig.outcomes.one()
        #expect(outcome.status == .ok)
        #expect(outcome.tokens == Outcome.Tokens(input: 9, output: 2))
        #expect(outcome.finishReason == "end_turn")
        #expect(outcome.firstTokenMilliseconds != nil)
        let kept = String(decoding: outcome.bodies?.answer?.bytes ?? [], as: UTF8.self)
        #expect(kept.contains("message_start") && kept.contains("message_stop"))
    }

    @Test(
        arguments: [
            ("anthropic", 429, AnthropicShapes.limited, "rate_limit_error", "Slow down"),
            ("anthropic", 400, AnthropicShapes.invalid, "invalid_request_error", "max_tokens: too large"),
            ("anthropic", 404, "<html>", "not_found_error", "status 404"),
            ("openai", 429, #"{"error":{"message":"Slow","code":"rate_limit_exceeded"}}"#, "rate_limit_error", "Slow"),
            ("openai", 400, #"{"error":{"message":"bad n"}}"#, "invalid_request_error", "bad n"),
        ])
    func refusalsAreInTheCallersShape(
        kind: String, status: Int, body: String, type: String, message: String
    ) async throws {
        let upstream = try ScriptedUpstream(
            ScriptedUpstream.plain(body, status: status, fields: status == 429 ? "retry-after: 7\r\n" : ""))
        let rig = try await Self.rig(upstream, kind: kind)
        for question in [AnthropicShapes.question, AnthropicShapes.streamed] {
            let answer = try await rig.post(question, path: Self.path)
            #expect(answer.status == status)
            #expect(answer.error("type") == type)
            #expect(answer.error("message")?.contains(message) == true)
            #expect(answer["retry-after"] == (status == 429 ? "7" : nil))
            #expect(try JSONValue(parsing: answer.body)["type"] == "error")
        }
    }

    @Test func whatTheGatewayItselfSaysIsInAnthropicsShapeToo() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(AnthropicShapes.overloaded, status: 529))
        let rig = try await Self.rig(upstream, kind: "anthropic")
        for (body, status, type) in [
            ("{", 400, "invalid_request_error"), (#"{"model":"none","messages":[]}"#, 404, "not_found_error"),
            (AnthropicShapes.question, 502, "api_error"),
        ] {
            let answer = try await rig.post(body, path: Self.path)
            #expect(answer.status == status)
            #expect(answer.error("type") == type)
            #expect(answer["request-id"] != nil)
        }
    }

    @Test func whatCannotBeTranslatedIsNamedBeforeAnythingIsSent() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain("{}"))
        let rig = try await Self.rig(upstream, kind: "openai")
        let body = AnthropicShapes.question.replacing("\"max_tokens\"", with: #""container":"c","max_tokens""#)
        let answer = try await rig.post(body, path: Self.path)
        #expect(answer.status == 400)
        #expect(answer.error("message")?.contains("container") == true)
        #expect(upstream.connections == 0)
    }

    @Test func tokensAreCountedByWhoCanAndByNobodyElse() async throws {
        let upstream = try ScriptedUpstream(ScriptedUpstream.plain(#"{"input_tokens":14}"#))
        let path = "/v1/messages/count_tokens"
        let body = #"{"model":"bot","messages":[{"role":"user","content":"6*7?"}]}"#
        let can = try await Self.rig(upstream, kind: "anthropic", parameters: ["temperature": 0.5, "max_tokens": 5])
        let answer = try await can.post(body, path: path)
        #expect(answer.text == #"{"input_tokens":14}"#)
        #expect(upstream.requests[0].firstLine == "POST \(path) HTTP/1.1")
        #expect(upstream.requests[0].text == body.replacing("\"bot\"", with: "\"upstream-model\""))
        let cannot = try await Self.rig(upstream, kind: "openai")
        let refused = try await cannot.post(body, path: path)
        #expect(refused.status == 400)
        #expect(refused.error("message")?.contains("count_tokens") == true)
    }
}
