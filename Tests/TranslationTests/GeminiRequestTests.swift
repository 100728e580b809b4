import JSON
import Testing
import Translation

@Suite struct GeminiRequestTests {
    private static func conversation(_ messages: [Message], model: String = "gemini-2.5-flash") -> Conversation {
        Conversation(model: model, messages: messages)
    }

    private static func written(_ conversation: Conversation) throws -> JSONValue {
        .object(try Gemini.request(conversation))
    }

    private static func fault(_ conversation: Conversation) -> TranslationError? {
        do throws(TranslationError) {
            _ = try Gemini.request(conversation)
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsAskedStandsWhereGeminiReadsIt() throws {
        var asked = Self.conversation([
            Message(.user, [.text("Hello")], index: 0), Message(.user, [.text("again")], index: 1),
            Message(.assistant, [.text("Hi")], index: 2), Message(.user, [.text("?")], index: 3),
        ])
        asked.system = [.text("Be brief."), .text("Be kind.")]
        asked.sampling.temperature = 0.5
        asked.sampling.topP = 0.9
        asked.sampling.topK = 40
        asked.sampling.seed = 7
        asked.sampling.frequencyPenalty = 0.25
        asked.sampling.presencePenalty = -0.5
        asked.sampling.choiceCount = 1
        asked.maxTokens = 99
        asked.stop = ["END"]
        asked.user = "user-17"
        asked.isStream = true
        asked.vendor = ["safetySettings": [], "cachedContent": "c"]
        #expect(
            try Self.written(asked) == [
                "systemInstruction": ["parts": [["text": "Be brief."], ["text": "Be kind."]]],
                "contents": [
                    ["role": "user", "parts": [["text": "Hello"], ["text": "again"]]],
                    ["role": "model", "parts": [["text": "Hi"]]], ["role": "user", "parts": [["text": "?"]]],
                ],
                "generationConfig": [
                    "temperature": 0.5, "topP": 0.9, "topK": 40, "seed": 7, "frequencyPenalty": 0.25,
                    "presencePenalty": -0.5, "maxOutputTokens": 99, "stopSequences": ["END"],
                ],
                "safetySettings": [], "cachedContent": "c",
            ])
    }

    @Test func nothingIsWrittenThatWasNotAsked() throws {
        let asked = Self.conversation([Message(.user, [.text("Hello")], index: 0)])
        #expect(try Self.written(asked) == ["contents": [["role": "user", "parts": [["text": "Hello"]]]]])
    }

    @Test func toolsCallsAndResultsArePairedByName() throws {
        var asked = Self.conversation([
            Message(.user, [.text("Weather?")], index: 0),
            Message(
                .assistant,
                [
                    Part(.toolCall(ToolCall(id: "call_a", name: "weather", arguments: #"{"city":"Rome"}"#))),
                    Part(.toolCall(ToolCall(id: "own-id", name: "clock", arguments: ""))),
                ], index: 1),
            Message(
                .user,
                [
                    Part(.toolResult(ToolResult(callID: "call_a", parts: [.text(#"{"sky":"blue"}"#)]))),
                    Part(
                        .toolResult(
                            ToolResult(callID: "own-id", parts: [.text("no "), .text("clock")], isError: true))),
                ], index: 2),
        ])
        asked.tools = [
            Tool(name: "weather", description: "tells it", parameters: ["type": "object"], isStrict: true),
            Tool(name: "clock"),
        ]
        asked.toolChoice = .tool("weather")
        asked.allowsParallelToolCalls = true
        let body = try Self.written(asked)
        #expect(
            body["tools"] == [
                [
                    "functionDeclarations": [
                        [
                            "name": "weather", "description": "tells it", "parametersJsonSchema": ["type": "object"],
                        ], ["name": "clock"],
                    ]
                ]
            ])
        #expect(
            body["toolConfig"] == ["functionCallingConfig": ["mode": "ANY", "allowedFunctionNames": ["weather"]]])
        #expect(
            body["contents"]?[1]?["parts"] == [
                ["functionCall": ["name": "weather", "args": ["city": "Rome"]]],
                ["functionCall": ["name": "clock", "args": [:]]],
            ])
        #expect(
            body["contents"]?[2]?["parts"] == [
                ["functionResponse": ["name": "weather", "response": ["sky": "blue"]]],
                ["functionResponse": ["name": "clock", "response": ["error": "no clock"]]],
            ])
    }

    private static func call(_ id: String, _ name: String) -> Part {
        Part(.toolCall(ToolCall(id: id, name: name, arguments: "{}")))
    }

    private static func result(_ id: String, _ text: String) -> Part {
        Part(.toolResult(ToolResult(callID: id, parts: [.text(text)])))
    }

    @Test(arguments: [
        ("gemini-3.5-flash", true), ("publishers/google/models/gemini-3-pro", true), ("gemini-flash-latest", true),
        ("gemini-pro", true), ("gemini-10-pro", true), ("tuned-model-7", true), ("gemini-2.5-flash", false),
        ("gemini-live-2.5-flash-preview-09-2025", false), ("models/gemini-1.5-pro-latest", false),
    ])
    func idsOfCallsGoAsTheyAreWhereTheyAreKnown(model: String, hasIDs: Bool) throws {
        // Google's own begin as OpenAI's do.
        let turns = [
            Message(.assistant, [Self.call("call_4162774", "a"), Self.call("toolu_1", "a")], index: 1),
            Message(.user, [Self.result("toolu_1", "1"), Self.result("call_4162774", "4")], index: 2),
        ]
        let contents = try Self.written(Self.conversation(turns, model: model))["contents"]
        let calls = contents?[0]?["parts"]?.arrayValue?.map { $0["functionCall"]?["id"]?.stringValue }
        let results = contents?[1]?["parts"]?.arrayValue?.map { $0["functionResponse"]?["id"]?.stringValue }
        #expect(calls == (hasIDs ? ["call_4162774", "toolu_1"] : [nil, nil]))
        #expect(results == (hasIDs ? ["toolu_1", "call_4162774"] : [nil, nil]))
    }

    @Test func withoutIdsResultsStandInTheOrderOfTheirCalls() throws {
        let turns = [
            Message(.assistant, [Self.call("x", "a"), Self.call("y", "a"), Self.call("z", "a")], index: 1),
            Message(
                .user, [Self.result("z", "3"), .text("between"), Self.result("x", "1"), Self.result("y", "2")], index: 2
            ),
        ]
        let parts = try Self.written(Self.conversation(turns))["contents"]?[1]?["parts"]?.arrayValue ?? []
        #expect(
            parts.map { $0["text"] ?? $0["functionResponse"]?["response"]?["output"] } == ["1", "between", "2", "3"])
    }

    @Test func anIdThatComesAgainIsThatOfTheLastCall() throws {
        let turns = [
            Message(.assistant, [Self.call("call_0", "look")], index: 0),
            Message(.user, [Self.result("call_0", "r")], index: 1),
            Message(.assistant, [Self.call("call_0", "find")], index: 2),
            Message(.user, [Self.result("call_0", "r")], index: 3),
        ]
        let contents = try Self.written(Self.conversation(turns))["contents"]
        #expect(contents?[1]?["parts"]?[0]?["functionResponse"]?["name"] == "look")
        #expect(contents?[3]?["parts"]?[0]?["functionResponse"]?["name"] == "find")
    }

    /// Looking each call up among all messages would take longer than the limit by far.
    @Test(.timeLimit(.minutes(1))) func manyResultsOfManyCallsAreWrittenInOnePass() throws {
        let ids = (0..<40_000).map { "call_\($0)" }
        let turns = [
            Message(.assistant, ids.map { Self.call($0, "n") }, index: 0),
            Message(.user, ids.reversed().map { Self.result($0, "r") }, index: 1),
        ]
        let contents = try Self.written(Self.conversation(turns))["contents"]
        #expect(contents?[1]?["parts"]?.arrayValue?.count == ids.count)
    }

    @Test(arguments: [(ToolChoice.auto, "AUTO"), (.none, "NONE"), (.required, "ANY")])
    func aChoiceOfToolsIsAMode(choice: ToolChoice, mode: String) throws {
        var asked = Self.conversation([Message(.user, [.text("Hello")], index: 0)])
        asked.toolChoice = choice
        #expect(try Self.written(asked)["toolConfig"]?["functionCallingConfig"]?["mode"] == .string(mode))
    }

    @Test func aSignatureOfGeminisGoesBackWithItsCallAndOthersDoNot() throws {
        func parts(_ signature: String?, model: String) throws -> JSONValue? {
            let calls = ["a", "b"].map { Part(.toolCall(ToolCall(id: "call_\($0)", name: $0, arguments: "{}"))) }
            let thought = Part(.reasoning(Reasoning(text: "I think.", signature: signature)))
            let turn = Message(.assistant, [thought] + calls, index: 1)
            return try Self.written(Self.conversation([turn], model: model))["contents"]?[0]?["parts"]
        }
        let third = "gemini-3.1-pro-preview"
        #expect(try parts("gemini:c2ln", model: third)?[0]?["thoughtSignature"] == "c2ln")
        #expect(try parts("gemini:c2ln", model: third)?[1]?["thoughtSignature"] == nil)
        #expect(
            try parts("an Anthropic one", model: third)?[0]?["thoughtSignature"] == "skip_thought_signature_validator")
        #expect(try parts(nil, model: third)?[0]?["thoughtSignature"] == "skip_thought_signature_validator")
        #expect(try parts(nil, model: "gemini-2.5-flash")?[0]?["thoughtSignature"] == nil)
        #expect(try parts("gemini:c2ln", model: "gemini-2.5-flash")?[0]?["thoughtSignature"] == "c2ln")
        #expect(try parts(nil, model: third)?.arrayValue?.count == 2, "the text of a thought is not sent back")
    }

    @Test func mediaAreSentAlongOrPointedAt() throws {
        let png = Media(.base64(mediaType: "image/png", data: "aWs="), detail: "low")
        let asked = Self.conversation([
            Message(
                .user,
                [
                    Part(.image(png)), Part(.image(Media(.url("https://example.com/a.b/c.JPG?x=.png")))),
                    Part(.document(Media(.text("plain"), title: "t"))),
                    Part(.audio(Media(.base64(mediaType: "audio/wav", data: "")))), .text(""),
                ], index: 0)
        ])
        #expect(
            try Self.written(asked)["contents"]?[0]?["parts"] == [
                ["inlineData": ["mimeType": "image/png", "data": "aWs="]],
                ["fileData": ["mimeType": "image/jpeg", "fileUri": "https://example.com/a.b/c.JPG?x=.png"]],
                ["text": "plain"], ["inlineData": ["mimeType": "audio/wav", "data": ""]],
            ])
    }

    @Test func theAnswersFormIsASchemaOfJSON() throws {
        var asked = Self.conversation([Message(.user, [.text("Hello")], index: 0)])
        asked.outputFormat = .jsonSchema(OutputFormat.Schema(["type": "object"], name: "n", isStrict: true))
        #expect(
            try Self.written(asked)["generationConfig"] == [
                "responseMimeType": "application/json", "responseJsonSchema": ["type": "object"],
            ])
        for (own, seen) in [(nil, "d"), ("own", "own")] as [(String?, JSONValue)] {
            var schema: JSONObject = ["type": "object"]
            schema["description"] = own.map(JSONValue.string)
            asked.outputFormat = .jsonSchema(OutputFormat.Schema(.object(schema), name: "n", description: "d"))
            #expect(
                try Self.written(asked)["generationConfig"]?["responseJsonSchema"]
                    == ["type": "object", "description": seen])
        }
        asked.outputFormat = .jsonObject
        #expect(try Self.written(asked)["generationConfig"] == ["responseMimeType": "application/json"])
        asked.outputFormat = .text
        #expect(try Self.written(asked)["generationConfig"] == nil)
    }

    @Test(
        arguments: [
            (.off, nil, "gemini-2.5-flash", ["thinkingBudget": 0]),
            (.budget(5), .high, "gemini-2.5-flash", ["thinkingBudget": 5]),
            (.adaptive, nil, "gemini-3-pro", ["thinkingBudget": -1]),
            (.adaptive, .low, "gemini-3-pro", ["thinkingLevel": "low"]),
            (nil, .medium, "gemini-2.5-flash", ["thinkingBudget": 8_192]),
            (nil, .high, "publishers/google/models/gemini-3.1-flash", ["thinkingLevel": "high"]),
            (nil, ReasoningControl.Effort.none, "gemini-3-pro", ["thinkingBudget": 0]),
        ] as [(ReasoningControl.Mode?, ReasoningControl.Effort?, String, JSONValue)])
    func thinkingIsALevelOrABudgetByGeneration(
        mode: ReasoningControl.Mode?, effort: ReasoningControl.Effort?, model: String, config: JSONValue
    ) throws {
        var asked = Self.conversation([Message(.user, [.text("Hello")], index: 0)], model: model)
        asked.reasoning.mode = mode
        asked.reasoning.effort = effort
        #expect(try Self.written(asked)["generationConfig"]?["thinkingConfig"] == config)
        asked.reasoning.showsText = true
        #expect(
            try Self.written(asked)["generationConfig"]?["thinkingConfig"]
                == config.mergePatched(with: ["includeThoughts": true]))
    }

    @Test func whatHasNoCounterpartIsNamed() {
        func refused(_ field: String, _ change: (inout Conversation) -> Void) {
            var asked = Self.conversation([Message(.user, [.text("Hello")], index: 0)])
            change(&asked)
            let fault = Self.fault(asked)
            #expect(fault?.field == field)
            #expect(fault?.kind == .untranslatable)
            #expect(fault?.reason.contains("Gemini") == true)
        }
        refused("n") { $0.sampling.choiceCount = 2 }
        refused("parallel_tool_calls") { $0.allowsParallelToolCalls = false }
        refused("service_tier") { $0.serviceTier = .flex }
        refused("reasoning_effort") { $0.reasoning.effort = .xhigh }
        refused("logit_bias") { $0.vendor["logit_bias"] = [:] }
        refused("messages[4].role") { $0.messages.append(Message(.system, [.text("s")], index: 4)) }
        refused("messages[4].name") { $0.messages.append(Message(.user, [.text("s")], name: "Ada", index: 4)) }
        refused("messages[4].content[1]") {
            $0.messages.append(
                Message(
                    .assistant, [.text("a"), Part(.toolCall(ToolCall(id: "i", name: "n", arguments: "[1]")))], index: 4)
            )
        }
        refused("messages[1].content[0]") {
            $0.messages.append(Message(.assistant, [Part(.image(Media(.file("file-1"))))], index: 1))
        }
        refused("messages[1].content[0]") {
            $0.messages.append(Message(.assistant, [Part(.image(Media(.url("https://example.com/a"))))], index: 1))
        }
    }

    @Test func messagesThatSayNothingAreRefused() {
        for parts in [[], [.text("")], [Part(.reasoning(Reasoning(text: "Hm.")))]] {
            let fault = Self.fault(Self.conversation([Message(.assistant, parts, index: 0)]))
            #expect(fault?.field == "messages" && fault?.kind == .untranslatable)
        }
    }

    @Test func aResultWithoutItsCallIsNamed() {
        let result = Part(.toolResult(ToolResult(callID: "call_x", parts: [.text("r")])))
        let fault = Self.fault(Self.conversation([Message(.user, [result], index: 2)]))
        #expect(fault?.field == "messages[2].content[0]")
        #expect(fault?.reason.contains("call_x") == true)
    }
}
