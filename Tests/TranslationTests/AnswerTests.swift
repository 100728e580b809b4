import JSON
import Testing
import Translation

/// Whole answers and errors, both ways.
struct AnswerTests {
    private static let message =
        #"{"id":"msg_01","type":"message","role":"assistant","model":"claude-x","content":["#
        + #"{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"Hi"},"#
        + #"{"type":"tool_use","id":"toolu_1","name":"w","input":{"c":"K"}}],"stop_reason":"tool_use","#
        + #""stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":3,"#
        + #""cache_read_input_tokens":5,"output_tokens":7,"output_tokens_details":{"thinking_tokens":2}}}"#

    private static let completion =
        #"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"#
        + #""message":{"role":"assistant","content":"Hi","refusal":null,"reasoning_content":"hm","tool_calls":["#
        + #"{"id":"call_1","type":"function","function":{"name":"w","arguments":"{\"c\":\"K\"}"}}]},"#
        + #""finish_reason":"tool_calls"}],"usage":{"prompt_tokens":18,"completion_tokens":7,"total_tokens":25,"#
        + #""prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":2}}}"#

    @Test func anthropicsAnswerAsOpenAIsCallerReadsIt() throws {
        let reply = try AnthropicMessages.reply(try Wires.object(Self.message))
        #expect(reply.usage == TokenUsage(input: 18, output: 7, cacheRead: 5, cacheWrite: 3, reasoning: 2))
        let answer = try Wires.value(try OpenAIChat.answer(reply, Wires.context))
        #expect(answer["id"] == "msg_01")
        #expect(answer["created"] == 1_767_225_600)
        #expect(answer["model"] == "claude-x")
        let message = answer["choices"]?[0]?["message"]
        #expect(message?["content"] == "Hi")
        #expect(message?["reasoning_content"] == "hm")
        #expect(message?["thinking_blocks"] == [["type": "thinking", "thinking": "hm", "signature": "sig"]])
        #expect(
            message?["tool_calls"] == [
                ["id": "toolu_1", "type": "function", "function": ["name": "w", "arguments": #"{"c":"K"}"#]]
            ])
        #expect(answer["choices"]?[0]?["finish_reason"] == "tool_calls")
        #expect(
            answer["usage"] == [
                "prompt_tokens": 18, "completion_tokens": 7, "total_tokens": 25,
                "prompt_tokens_details": ["cached_tokens": 5], "completion_tokens_details": ["reasoning_tokens": 2],
            ])
    }

    @Test func openAIsAnswerAsAnthropicsCallerReadsIt() throws {
        let reply = try OpenAIChat.reply(try Wires.object(Self.completion))
        let answer = try Wires.value(try AnthropicMessages.answer(reply, Wires.context))
        #expect(answer["type"] == "message")
        #expect(answer["role"] == "assistant")
        #expect(
            answer["content"] == [
                ["type": "thinking", "thinking": "hm", "signature": ""], ["type": "text", "text": "Hi"],
                ["type": "tool_use", "id": "call_1", "name": "w", "input": ["c": "K"]],
            ])
        #expect(answer["stop_reason"] == "tool_use")
        #expect(
            answer["usage"] == [
                "input_tokens": 13, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 5, "output_tokens": 7,
                "output_tokens_details": ["thinking_tokens": 2],
            ])
    }

    @Test(
        arguments: [
            ("end_turn", "stop"), ("max_tokens", "length"), ("stop_sequence", "stop"), ("tool_use", "tool_calls"),
            ("refusal", "content_filter"), ("model_context_window_exceeded", "length"), ("pause_turn", "stop"),
            ("word_of_tomorrow", "word_of_tomorrow"),
        ])
    func everyReasonHasAWord(anthropic: String, openAI: String) throws {
        let reply = try AnthropicMessages.reply(["content": [], "stop_reason": .string(anthropic)])
        #expect(OpenAIChat.word(for: reply.stop) == openAI)
        #expect(AnthropicMessages.word(for: reply.stop) == anthropic)
    }

    @Test func aForcedCallThatEndsInStopIsACall() throws {
        let text = Self.completion.replacing(#""finish_reason":"tool_calls""#, with: #""finish_reason":"stop""#)
        #expect(try OpenAIChat.reply(try Wires.object(text)).stop == .toolCalls)
    }

    @Test func argumentsThatAreNoObjectCannotBeAnthropicInputUnlessTheLimitCutThemOff() throws {
        let text = Self.completion.replacing(#"{\"c\":\"K\"}"#, with: #"{\"c\":"#)
        let reply = try OpenAIChat.reply(try Wires.object(text))
        #expect(throws: TranslationError.self) { try AnthropicMessages.answer(reply, Wires.context) }
        _ = try OpenAIChat.answer(reply, Wires.context)
        let cut = text.replacing(#""finish_reason":"tool_calls""#, with: #""finish_reason":"length""#)
        let answer = try Wires.value(
            try AnthropicMessages.answer(try OpenAIChat.reply(try Wires.object(cut)), Wires.context))
        #expect(answer["stop_reason"] == "max_tokens")
        #expect(answer["content"]?[2] == ["type": "tool_use", "id": "call_1", "name": "w", "input": [:]])
    }

    @Test func aReasonThatNobodyGaveIsNull() throws {
        let text = Self.completion.replacing(#""finish_reason":"tool_calls""#, with: #""finish_reason":null"#)
        let reply = try OpenAIChat.reply(try Wires.object(text))
        let answer = try Wires.value(try AnthropicMessages.answer(reply, Wires.context))
        #expect(answer["stop_reason"] == .null)
        let other = try AnthropicMessages.reply(["content": [], "stop_reason": nil])
        let completion = try Wires.value(try OpenAIChat.answer(other, Wires.context))
        #expect(completion["choices"]?[0]?["finish_reason"] == .null)
        #expect(OpenAIChat.word(for: .unknown) == nil && AnthropicMessages.word(for: .unknown) == nil)
    }

    /// As Mistral's models answer that reason.
    @Test func aListOfThoughtsAndTextsIsBoth() throws {
        let content: JSONValue = [
            ["type": "thinking", "thinking": [["type": "text", "text": "h"], ["type": "text", "text": "m"]]],
            ["type": "text", "text": "Hi"],
        ]
        let reply = try OpenAIChat.reply([
            "choices": [["message": ["content": content], "finish_reason": "stop"]]
        ])
        #expect(reply.parts == [Part(.reasoning(Reasoning(text: "hm"))), .text("Hi")])
        let fault = Wires.fault {
            _ = try OpenAIChat.reply(["choices": [["message": ["content": [["type": "reference"]]]]]])
        }
        #expect(fault?.kind == .untranslatable)
    }

    @Test func aCallWithoutAnIdGetsOneThatNoOtherAnswerHas() throws {
        let call: JSONValue = ["function": ["name": "w", "arguments": "{}"]]
        let reply = try OpenAIChat.reply([
            "id": "chatcmpl-9Z", "choices": [["message": ["tool_calls": [call, call]], "finish_reason": "stop"]],
        ])
        let ids = reply.parts.map { if case .toolCall(let call) = $0.content { call.id } else { "" } }
        #expect(ids == ["call_chatcmpl9Z_0", "call_chatcmpl9Z_1"])
    }

    @Test func whatIsCachedForAnHourIsTold() throws {
        let text = Self.message.replacing(
            #""cache_creation_input_tokens":3,"#,
            with: #""cache_creation_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":1,"#
                + #""ephemeral_1h_input_tokens":2},"#)
        #expect(try AnthropicMessages.reply(try Wires.object(text)).usage?.cacheWriteLong == 2)
    }

    /// Agents look for these words before they shorten a conversation.
    @Test func aRequestThatIsTooLongIsToldInTheCallersWords() throws {
        let text = #"{"error":{"message":"This model's maximum context length is 8","code":"context_length_exceeded"}}"#
        let fault = OpenAIChat.fault(status: 400, Array(text.utf8))
        let written = try Wires.value(AnthropicMessages.error(fault, requestID: ""))
        #expect(written["error"]?["type"] == "invalid_request_error")
        #expect(
            written["error"]?["message"] == "prompt is too long: This model's maximum context length is 8")
        let typed =
            #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8"}}"#
        let other = AnthropicMessages.fault(status: 400, Array(typed.utf8))
        let error = try Wires.value(OpenAIChat.error(other, requestID: ""))["error"]
        #expect(error?["code"] == "context_length_exceeded")
        #expect(error?["message"] == "prompt is too long: 9 tokens > 8")
        #expect(other.kind.status == 400)
    }

    @Test func usageThatNobodyToldIsNone() throws {
        let reply = try OpenAIChat.reply(["choices": [["message": ["content": "x"], "finish_reason": "stop"]]])
        #expect(reply.usage == nil)
        let answer = try Wires.value(try OpenAIChat.answer(reply, Wires.context))
        #expect(answer["usage"] == nil)
        #expect(answer["id"] == "own-id")
        #expect(answer["model"] == "own-model")
    }

    @Test(arguments: ["{}", #"{"content":1}"#, #"{"content":[{"type":"server_tool_use"}]}"#])
    func whatIsNoAnswerIsAFault(text: String) {
        #expect(throws: TranslationError.self) { try AnthropicMessages.reply(try Wires.object(text)) }
        #expect(throws: TranslationError.self) { try OpenAIChat.reply(try Wires.object(text)) }
    }

    @Test(
        arguments: [
            (400, "invalid_request_error", "invalid_request_error"),
            (401, "authentication_error", "authentication_error"),
            (402, "billing_error", "insufficient_quota"), (403, "permission_error", "permission_error"),
            (404, "not_found_error", "invalid_request_error"), (413, "request_too_large", "invalid_request_error"),
            (429, "rate_limit_error", "rate_limit_error"), (500, "api_error", "server_error"),
            (504, "timeout_error", "timeout_error"), (529, "overloaded_error", "server_error"),
        ])
    func errorsKeepTheirKindBothWays(status: Int, anthropic: String, openAI: String) throws {
        let body = #"{"type":"error","error":{"type":"\#(anthropic)","message":"no"},"request_id":"req_1"}"#
        let fault = AnthropicMessages.fault(status: status, Array(body.utf8))
        #expect(fault.message == "no")
        let error = try Wires.value(OpenAIChat.error(fault, requestID: "r"))["error"]
        #expect(error?["type"]?.stringValue == openAI)
        #expect(error?["message"] == "no")
        let other = OpenAIChat.fault(status: status, Array(#"{"error":{"message":"no","code":"c"}}"#.utf8))
        let written = try Wires.value(AnthropicMessages.error(other, requestID: "r"))
        #expect(
            written == ["type": "error", "error": ["type": .string(anthropic), "message": "no"], "request_id": "r"])
    }

    @Test func anErrorPageIsToldByItsStatusAlone() {
        let fault = AnthropicMessages.fault(status: 529, Array("<html>".utf8))
        #expect(fault == Fault(.overloaded, "the provider answered with status 529"))
    }
}
