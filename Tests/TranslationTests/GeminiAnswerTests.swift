import JSON
import Testing
import Translation

@Suite struct GeminiAnswerTests {
    private static func reply(_ text: String) throws -> Reply {
        try Gemini.reply(try #require(try JSONValue(parsing: text).objectValue))
    }

    private static func events(_ data: [String], isClosed: Bool = true) throws -> [ReplyEvent] {
        var reader = Gemini.eventReader()
        var events: [ReplyEvent] = []
        for text in data { events += try reader.read(WireEvent(data: Array(text.utf8))) }
        return isClosed ? events + reader.closed() : events
    }

    @Test func anAnswerIsReadWithItsThoughtsAndItsUsage() throws {
        let reply = try Self.reply(
            #"""
            {"candidates":[{"content":{"parts":[{"text":"Let me ","thought":true},{"text":"see.","thought":true},
            {"text":"4"},{"text":"2","thoughtSignature":"x"}],"role":"model"},"finishReason":"STOP","index":0}],
            "usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"thoughtsTokenCount":5,"totalTokenCount":16,
            "cachedContentTokenCount":4},"modelVersion":"gemini-2.5-flash","responseId":"r1"}
            """#)
        #expect(reply.parts == [Part(.reasoning(Reasoning(text: "Let me see."))), .text("42")])
        #expect(reply.stop == .endOfTurn)
        #expect(reply.usage == TokenUsage(input: 9, output: 7, cacheRead: 4, reasoning: 5))
        #expect(reply.id == "r1" && reply.model == "gemini-2.5-flash")
    }

    @Test func callsHaveIdsAndTheFirstItsSignature() throws {
        let reply = try Self.reply(
            #"""
            {"candidates":[{"content":{"parts":[{"functionCall":{"name":"a","args":{"x":1}},"thoughtSignature":"c2ln"},
            {"functionCall":{"name":"b","id":"own"}}],"role":"model"},"finishReason":"STOP"}],"responseId":"r-1_é"}
            """#)
        #expect(
            reply.parts == [
                Part(.reasoning(Reasoning(text: "", signature: "gemini:c2ln"))),
                Part(.toolCall(ToolCall(id: "call_r1_0", name: "a", arguments: #"{"x":1}"#))),
                Part(.toolCall(ToolCall(id: "own", name: "b", arguments: "{}"))),
            ])
        #expect(reply.stop == .toolCalls)
        #expect(reply.usage == nil)
    }

    @Test func aShownThoughtTakesTheSignatureOfTheCallBehindIt() throws {
        let reply = try Self.reply(
            #"""
            {"candidates":[{"content":{"parts":[{"text":"Ask.","thought":true},
            {"functionCall":{"name":"a"},"thoughtSignature":"c2ln"}]}}]}
            """#)
        #expect(reply.parts[0] == Part(.reasoning(Reasoning(text: "Ask.", signature: "gemini:c2ln"))))
        #expect(reply.parts.count == 2)
    }

    @Test(
        arguments: [
            ("STOP", .endOfTurn), ("MAX_TOKENS", .maxTokens), ("SAFETY", .refusal), ("RECITATION", .refusal),
            ("PROHIBITED_CONTENT", .refusal), ("LANGUAGE", .refusal), ("OTHER", .endOfTurn),
            ("OF_TOMORROW", .endOfTurn),
        ] as [(String, StopReason)])
    func theReasonToFinishHasAName(word: String, reason: StopReason) throws {
        #expect(try Self.reply(#"{"candidates":[{"finishReason":"\#(word)"}]}"#).stop == reason)
    }

    @Test(arguments: ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"])
    func anAnswerThatGoogleCallsMalformedIsAFailure(word: String) throws {
        let text = #"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"\#(word)"}]}"#
        #expect(throws: TranslationError.self) { try Self.reply(text) }
        guard case .failure(let fault)? = try Self.events([text], isClosed: false).last else {
            throw TranslationError.malformed("", "no failure")
        }
        #expect(fault.kind == .server && fault.code == word)
    }

    @Test func aBlockedPromptIsARefusal() throws {
        let text = #"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}"#
        let reply = try Self.reply(text)
        #expect(reply.parts.isEmpty && reply.stop == .refusal)
        #expect(reply.usage == TokenUsage(input: 4, output: 0))
        #expect(
            try Self.events([text]) == [
                .start(id: "", model: ""), .usage(TokenUsage(input: 4, output: 0)), .finish(.refusal), .end,
            ])
    }

    @Test(arguments: [
        "{}", #"{"candidates":[]}"#,
        #"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":""}}]}}]}"#,
        #"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}"#,
        #"{"candidates":[{"content":{"parts":[1]}}]}"#,
    ])
    func whatIsNoAnswerIsRefused(text: String) throws {
        #expect(throws: TranslationError.self) { try Self.reply(text) }
    }

    @Test func aStreamOpensAndClosesThePartsThatItsWireDoesNotMark() throws {
        func chunk(_ parts: String, _ rest: String = "") -> String {
            #"{"candidates":[{"content":{"parts":[\#(parts)],"role":"model"}\#(rest)}],"responseId":"r","#
                + #""modelVersion":"m","usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1}}"#
        }
        let usage = ReplyEvent.usage(TokenUsage(input: 3, output: 1))
        let events = try Self.events([
            chunk(#"{"text":"Hm","thought":true}"#), chunk(#"{"text":"m.","thought":true},{"text":"It"}"#),
            chunk(#"{"text":" is"}"#),
            chunk(#"{"functionCall":{"name":"f","args":{"a":[1]}},"thoughtSignature":"s"}"#),
            chunk(#"{"functionCall":{"name":"g"}}"#), chunk(#"{"text":""}"#, #","finishReason":"STOP""#),
        ])
        #expect(
            events == [
                .start(id: "r", model: "m"), .partStart(0, .reasoning(sealed: nil)), .reasoningDelta(0, "Hm"), usage,
                .reasoningDelta(0, "m."), .partEnd(0), .partStart(1, .text), .textDelta(1, "It"), usage,
                .textDelta(1, " is"), usage, .partEnd(1), .partStart(2, .reasoning(sealed: nil)),
                .signatureDelta(2, "gemini:s"), .partEnd(2), .partStart(3, .toolCall(id: "call_r_0", name: "f")),
                .argumentsDelta(3, #"{"a":[1]}"#), .partEnd(3), usage,
                .partStart(4, .toolCall(id: "call_r_1", name: "g")), .argumentsDelta(4, "{}"), .partEnd(4), usage,
                usage, .finish(.toolCalls), .end,
            ])
    }

    @Test func aStreamWithoutAReasonToFinishIsNotWhole() throws {
        let chunk = #"{"candidates":[{"content":{"parts":[{"text":"It"}]}}]}"#
        #expect(try Self.events([chunk]).last == .textDelta(0, "It"))
    }

    @Test func anErrorInAStreamIsAFailure() throws {
        let events = try Self.events(
            [#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#], isClosed: false)
        #expect(events == [.failure(Fault(.overloaded, "The model is overloaded.", code: "UNAVAILABLE"))])
        for text in ["", "[]", "{", "7"] {
            #expect(throws: TranslationError.self) { try Self.events([text]) }
        }
    }

    @Test(
        arguments: [
            (
                400,
                #"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","#
                    + #""details":[{"reason":"API_KEY_INVALID"}]}}"#, .authentication, "API key not valid.", nil
            ),
            (
                400,
                #"{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT","#
                    + #""details":[{"fieldViolations":[{"field":"contents[0]"}]}]}}"#, .invalidRequest, "bad",
                "contents[0]"
            ),
            (
                429, #"[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]"#, .rateLimit, "quota",
                nil
            ),
            (404, #"{"error":{"code":404,"message":"no model","status":"NOT_FOUND"}}"#, .notFound, "no model", nil),
            (503, #"{"error":{"message":"later"}}"#, .server, "later", nil),
            (502, "<html>", .server, "the provider answered with status 502", nil),
            (403, "", .permission, "the provider answered with status 403", nil),
        ] as [(Int, String, Fault.Kind, String, String?)])
    func anErrorIsReadByItsName(status: Int, body: String, kind: Fault.Kind, message: String, param: String?) {
        let fault = Gemini.fault(status: status, Array(body.utf8))
        #expect(fault.kind == kind)
        #expect(fault.message == message)
        #expect(fault.param == param)
    }
}
