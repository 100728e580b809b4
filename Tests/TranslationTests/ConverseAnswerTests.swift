import JSON
import Testing
import Translation

@Suite struct ConverseAnswerTests {
    private static func reply(_ text: String) throws -> Reply {
        try Converse.reply(try #require(try JSONValue(parsing: text).objectValue))
    }

    private static func events(_ frames: [(String, String)]) throws -> [ReplyEvent] {
        var reader = Converse.eventReader()
        var events: [ReplyEvent] = []
        for (name, data) in frames { events += try reader.read(WireEvent(name: name, data: Array(data.utf8))) }
        return events + reader.closed()
    }

    @Test func anAnswerIsReadWithItsThoughtsCallsAndUsage() throws {
        let reply = try Self.reply(
            #"""
            {"output":{"message":{"role":"assistant","content":[
            {"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"s"}}},
            {"reasoningContent":{"redactedContent":"c2VhbGVk"}},{"text":"I look."},
            {"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Rome"}}}]}},"stopReason":"tool_use",
            "usage":{"inputTokens":10,"outputTokens":5,"totalTokens":45,"cacheReadInputTokens":20,
            "cacheWriteInputTokens":10},"metrics":{"latencyMs":7}}
            """#)
        #expect(
            reply.parts == [
                Part(.reasoning(Reasoning(text: "Hm.", signature: "s"))),
                Part(.reasoning(Reasoning(text: "", sealed: "c2VhbGVk"))), .text("I look."),
                Part(.toolCall(ToolCall(id: "t1", name: "weather", arguments: #"{"city":"Rome"}"#))),
            ])
        #expect(reply.stop == .toolCalls)
        #expect(reply.usage == TokenUsage(input: 40, output: 5, cacheRead: 20, cacheWrite: 10))
    }

    @Test(
        arguments: [
            ("end_turn", .endOfTurn), ("max_tokens", .maxTokens), ("stop_sequence", .stopSequence(nil)),
            ("guardrail_intervened", .refusal), ("content_filtered", .refusal),
            ("model_context_window_exceeded", .contextWindow), ("of_tomorrow", .endOfTurn),
        ] as [(String, StopReason)])
    func theReasonToStopHasAName(word: String, reason: StopReason) throws {
        let text = #"{"output":{"message":{"content":[]}},"stopReason":"\#(word)"}"#
        #expect(try Self.reply(text).stop == reason)
    }

    @Test(arguments: ["malformed_model_output", "malformed_tool_use"])
    func anAnswerThatTheServiceCallsMalformedIsAFailure(word: String) throws {
        let text = #"{"output":{"message":{"content":[{"text":"x"}]}},"stopReason":"\#(word)"}"#
        #expect(throws: TranslationError.self) { try Self.reply(text) }
        let events = try Self.events([
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"a"}}"#),
            ("messageStop", #"{"stopReason":"\#(word)"}"#),
        ])
        guard case .failure(let fault)? = events.last else { throw TranslationError.malformed("", "no failure") }
        #expect(fault.kind == .server && fault.code == word)
    }

    @Test func whatIsQuotedIsSaidAndWhereFromPassedOver() throws {
        let reply = try Self.reply(
            #"""
            {"output":{"message":{"content":[{"text":"See: "},{"citationsContent":{"content":[{"text":"It "},
            {"text":"is so."}],"citations":[{"title":"t"}]}}]}},"stopReason":"end_turn"}
            """#)
        #expect(reply.text == "See: It is so.")
        let events = try Self.events([
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"a"}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"citation":{"title":"t"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"b"}}"#),
        ])
        #expect(
            events == [.start(id: "", model: ""), .partStart(0, .text), .textDelta(0, "a"), .textDelta(0, "b")])
    }

    @Test(arguments: [
        "{}", #"{"output":{"message":{}}}"#, #"{"output":{"message":{"content":[{"video":{}}]}}}"#,
        #"{"output":{"message":{"content":[{"toolUse":{"name":"n"}}]}}}"#,
        #"{"output":{"message":{"content":[{"reasoningContent":{}}]}}}"#,
    ])
    func whatIsNoAnswerIsRefused(text: String) throws {
        #expect(throws: TranslationError.self) { try Self.reply(text) }
    }

    @Test func aStreamIsReadInOrder() throws {
        let events = try Self.events([
            ("messageStart", #"{"role":"assistant"}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm."}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}"#),
            ("contentBlockStop", #"{"contentBlockIndex":0}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"text":"I "}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"text":"look."}}"#),
            ("contentBlockStop", #"{"contentBlockIndex":1}"#),
            ("contentBlockStart", #"{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t","name":"w"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"c"}}}"#),
            ("aTypeOfTomorrow", "{}"),
            ("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"\":1}"}}}"#),
            ("contentBlockStop", #"{"contentBlockIndex":2}"#), ("messageStop", #"{"stopReason":"tool_use"}"#),
            ("metadata", #"{"usage":{"inputTokens":3,"outputTokens":4},"metrics":{"latencyMs":1}}"#),
        ])
        #expect(
            events == [
                .start(id: "", model: ""), .partStart(0, .reasoning(sealed: nil)), .reasoningDelta(0, "Hm."),
                .signatureDelta(0, "s"), .partEnd(0), .partStart(1, .text), .textDelta(1, "I "),
                .textDelta(1, "look."), .partEnd(1), .partStart(2, .toolCall(id: "t", name: "w")),
                .argumentsDelta(2, #"{"c"#), .argumentsDelta(2, #"":1}"#), .partEnd(2), .finish(.toolCalls),
                .usage(TokenUsage(input: 3, output: 4)), .end,
            ])
    }

    @Test func blocksThatAreNotMarkedAreKeptApart() throws {
        let events = try Self.events([
            ("contentBlockStart", #"{"contentBlockIndex":0,"start":{}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"a"}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"cg=="}}}"#),
            ("messageStop", #"{"stopReason":"end_turn"}"#),
        ])
        #expect(
            events == [
                .start(id: "", model: ""), .partStart(0, .text), .textDelta(0, "a"), .partEnd(0),
                .partStart(1, .reasoning(sealed: "cg==")), .partEnd(1), .finish(.endOfTurn), .end,
            ])
    }

    @Test func aStreamWithoutItsStopIsNotWhole() throws {
        #expect(try Self.events([("messageStart", "{}")]) == [.start(id: "", model: "")])
        #expect(try Self.events([("metadata", "{}")]) == [.start(id: "", model: "")])
    }

    @Test(
        arguments: [
            ("throttlingException", .rateLimit), ("serviceUnavailableException", .overloaded),
            ("modelStreamErrorException", .server), ("validationException", .invalidRequest),
            ("internalServerException", .server),
        ] as [(String, Fault.Kind)])
    func anExceptionIsAFailure(name: String, kind: Fault.Kind) throws {
        #expect(
            try Self.events([(name, #"{"message":"Too many."}"#)]) == [.failure(Fault(kind, "Too many.", code: name))])
        #expect(try Self.events([(name, "{}")]) == [.failure(Fault(kind, name, code: name))])
    }

    @Test(arguments: [
        ("contentBlockDelta", ""), ("contentBlockDelta", "[]"), ("contentBlockDelta", "{}"),
        ("contentBlockDelta", #"{"delta":{"toolUse":{"input":"x"}}}"#),
        ("contentBlockStart", #"{"start":{"image":{}}}"#), ("contentBlockStart", #"{"start":{"toolUse":{}}}"#),
    ])
    func aFrameThatIsNotOfTheWireBreaksTheStream(name: String, data: String) {
        #expect(throws: TranslationError.self) { try Self.events([(name, data)]) }
        var reader = Converse.eventReader()
        #expect(throws: TranslationError.self) { try reader.read(WireEvent(data: Array("{}".utf8))) }
    }

    @Test(
        arguments: [
            (400, #"{"message":"bad"}"#, .invalidRequest, "bad"), (429, #"{"message":"slow"}"#, .rateLimit, "slow"),
            (424, #"{"message":"model"}"#, .server, "model"), (408, #"{"Message":"late"}"#, .timeout, "late"),
            (403, "no JSON", .permission, "the provider answered with status 403"),
        ] as [(Int, String, Fault.Kind, String)])
    func anErrorIsReadByItsStatus(status: Int, body: String, kind: Fault.Kind, message: String) {
        let fault = Converse.fault(status: status, Array(body.utf8))
        #expect(fault.kind == kind && fault.message == message)
    }
}
