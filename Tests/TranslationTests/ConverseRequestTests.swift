import JSON
import Testing
import Translation

@Suite struct ConverseRequestTests {
    private static let claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"

    private static func conversation(_ messages: [Message], model: String = claude) -> Conversation {
        Conversation(model: model, messages: messages)
    }

    private static func hello(_ change: (inout Conversation) -> Void = { _ in }) -> Conversation {
        var asked = conversation([Message(.user, [.text("Hello")], index: 0)])
        change(&asked)
        return asked
    }

    private static func written(_ conversation: Conversation) throws -> JSONValue {
        .object(try Converse.request(conversation))
    }

    private static func fault(_ conversation: Conversation) -> TranslationError? {
        do throws(TranslationError) {
            _ = try Converse.request(conversation)
            return nil
        } catch {
            return error
        }
    }

    @Test func whatIsAskedStandsWhereConverseReadsIt() throws {
        var asked = Self.conversation([
            Message(.user, [.text("Hello"), .text(" \n")], index: 0), Message(.user, [.text("again")], index: 1),
            Message(.assistant, [.text("Hi")], index: 2), Message(.assistant, [.text("")], index: 3),
            Message(.user, [.text("?")], index: 4),
        ])
        asked.system = [.text("Be brief."), .text("")]
        asked.sampling.temperature = 0.5
        asked.sampling.topP = 0.9
        asked.sampling.topK = 40
        asked.sampling.frequencyPenalty = 0
        asked.maxTokens = 99
        asked.stop = ["END"]
        asked.user = "user-17"
        asked.serviceTier = .standard
        asked.vendor = [
            "guardrailConfig": ["guardrailIdentifier": "g"], "additionalModelRequestFields": ["top_k": 5, "x": true],
        ]
        #expect(
            try Self.written(asked) == [
                "messages": [
                    ["role": "user", "content": [["text": "Hello"], ["text": "again"]]],
                    ["role": "assistant", "content": [["text": "Hi"]]], ["role": "user", "content": [["text": "?"]]],
                ],
                "system": [["text": "Be brief."]],
                "inferenceConfig": ["maxTokens": 99, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]],
                "serviceTier": ["type": "default"], "guardrailConfig": ["guardrailIdentifier": "g"],
                "additionalModelRequestFields": ["top_k": 5, "x": true],
            ])
        #expect(
            try Self.written(Self.hello()) == ["messages": [["role": "user", "content": [["text": "Hello"]]]]])
    }

    @Test func toolsCallsAndResults() throws {
        let png = Part(.image(Media(.base64(mediaType: "image/png", data: "aWs="))))
        var asked = Self.conversation([
            Message(.user, [.text("Weather?")], index: 0),
            Message(
                .assistant, [Part(.toolCall(ToolCall(id: "t1", name: "weather", arguments: #"{"city":"Rome"}"#)))],
                index: 1),
            Message(
                .user,
                [
                    Part(.toolResult(ToolResult(callID: "t1", parts: [.text("rain"), png], isError: true))),
                    Part(.toolResult(ToolResult(callID: "t2", parts: [.text("")]))),
                ], index: 2),
        ])
        asked.tools = [
            Tool(name: "weather", description: "", parameters: ["type": "object"], isStrict: true),
            Tool(name: "clock", description: "tells it", cachePoint: CachePoint(lifetime: "1h")),
        ]
        asked.toolChoice = .required
        let body = try Self.written(asked)
        #expect(
            body["toolConfig"] == [
                "tools": [
                    ["toolSpec": ["name": "weather", "inputSchema": ["json": ["type": "object"]], "strict": true]],
                    [
                        "toolSpec": [
                            "name": "clock", "description": "tells it",
                            "inputSchema": ["json": ["type": "object", "properties": [:]]],
                        ]
                    ], ["cachePoint": ["type": "default", "ttl": "1h"]],
                ], "toolChoice": ["any": [:]],
            ])
        #expect(
            body["messages"]?[1]?["content"] == [
                ["toolUse": ["toolUseId": "t1", "name": "weather", "input": ["city": "Rome"]]]
            ])
        #expect(
            body["messages"]?[2]?["content"] == [
                [
                    "toolResult": [
                        "toolUseId": "t1",
                        "content": [["text": "rain"], ["image": ["format": "png", "source": ["bytes": "aWs="]]]],
                        "status": "error",
                    ]
                ], ["toolResult": ["toolUseId": "t2", "content": [["text": "(no output)"]]]],
            ])
        asked.toolChoice = .tool("weather")
        #expect(try Self.written(asked)["toolConfig"]?["toolChoice"] == ["tool": ["name": "weather"]])
        asked.toolChoice = ToolChoice.none
        #expect(Self.fault(asked)?.field == "tool_choice", "Bedrock wants the tools of earlier calls")
        asked.messages.removeSubrange(1...)
        #expect(try Self.written(asked)["toolConfig"] == nil)
    }

    @Test func marksOfWhatToCacheGoWhereTheyAreKnown() throws {
        for (model, count) in [(Self.claude, 2), ("us.amazon.nova-pro-v1:0", 2), ("meta.llama3-70b-instruct-v1:0", 1)] {
            let part = Part(.text("long"), cachePoint: CachePoint())
            var asked = Self.conversation([Message(.user, [part], index: 0)], model: model)
            asked.system = [part]
            let body = try Self.written(asked)
            #expect(body["system"]?.arrayValue?.count == count)
            #expect(body["messages"]?[0]?["content"]?.arrayValue?.count == count)
        }
    }

    @Test func thoughtsGoBackWhenTheirModelSignedThem() throws {
        let turn = Message(
            .assistant,
            [
                Part(.reasoning(Reasoning(text: "Hm.", signature: "sig"))),
                Part(.reasoning(Reasoning(text: "unsigned"))), Part(.reasoning(Reasoning(text: "", signature: ""))),
                Part(.reasoning(Reasoning(text: "", signature: "gemini:sig"))),
                Part(.reasoning(Reasoning(text: "", sealed: "c2VhbGVk"))), .text("Yes."),
            ], index: 1)
        #expect(
            try Self.written(Self.conversation([turn]))["messages"]?[0]?["content"] == [
                ["reasoningContent": ["reasoningText": ["text": "Hm.", "signature": "sig"]]],
                ["reasoningContent": ["redactedContent": "c2VhbGVk"]], ["text": "Yes."],
            ])
        let other = Self.conversation([turn], model: "us.deepseek.r1-v1:0")
        #expect(try Self.written(other)["messages"]?[0]?["content"] == [["text": "Yes."]])
    }

    @Test func documentsHaveNamesThatBedrockTakes() throws {
        func name(_ title: String?) throws -> String? {
            let part = Part(.document(Media(.base64(mediaType: "application/pdf", data: ""), title: title)))
            let body = try Self.written(Self.conversation([Message(.user, [.text("Read."), part], index: 3)]))
            return body["messages"]?[0]?["content"]?[1]?["document"]?["name"]?.stringValue
        }
        #expect(try name("Q3__report (final).pdf") == "Q3 report (final) pdf")
        #expect(try name("été...") == "t")
        #expect(try name("日本") == "document")
        #expect(try name(nil) == "document")
    }

    @Test func noTwoDocumentsOfARequestHaveOneName() throws {
        let titles = ["report.pdf", "Report pdf", nil, nil, "report pdf-2", "document-2", "report.pdf"]
        let parts = titles.map { Part(.document(Media(.text("t"), title: $0))) }
        let result = Part(.toolResult(ToolResult(callID: "t", parts: [parts[0]])))
        let long = Part(.document(Media(.text("t"), title: String(repeating: "a", count: 300))))
        let turns = [
            Message(.user, Array(parts[..<3]), index: 0), Message(.assistant, [.text("a")], index: 1),
            Message(.user, parts[3...] + [result, long, long], index: 2),
        ]
        let body = try Self.written(Self.conversation(turns))
        let blocks = (body["messages"]?.arrayValue ?? []).flatMap { $0["content"]?.arrayValue ?? [] }
        let names = blocks.compactMap { ($0["document"] ?? $0["toolResult"]?["content"]?[0]?["document"])?["name"] }
            .compactMap(\.stringValue)
        #expect(names.count == 10)
        #expect(Set(names.map { $0.lowercased() }).count == 10, "\(names)")
        #expect(names.prefix(4) == ["report pdf", "Report pdf-2", "document", "document-2"])
        #expect(names.allSatisfy { $0.utf8.count <= 200 })
    }

    @Test func idsThatBedrockRefusesGoUnderAnotherNameOnBothSides() throws {
        let long = String(repeating: "call_", count: 20)
        let ids = [
            "tooluse_1", "call.1:0", "call_65OReGAIB0M4612fiyF6YMbI|fc_0feebbbc39", long, long + "x", "é", "_ü", "a b",
            "a_b",
        ]
        func sent(to model: String) throws -> [String] {
            let calls = ids.map { Part(.toolCall(ToolCall(id: $0, name: "n", arguments: "{}"))) }
            let results = ids.map { Part(.toolResult(ToolResult(callID: $0, parts: [.text("r")]))) }
            let body = try Self.written(
                Self.conversation([Message(.assistant, calls), Message(.user, results)], model: model))
            let blocks = body["messages"]?.arrayValue?.map { $0["content"]?.arrayValue ?? [] } ?? []
            let called = blocks[0].compactMap { $0["toolUse"]?["toolUseId"]?.stringValue }
            #expect(called == blocks[1].compactMap { $0["toolResult"]?["toolUseId"]?.stringValue })
            return called
        }
        for (model, letters) in [(Self.claude, "-_"), ("moonshot.kimi-k2", "-_.:")] {
            let called = try sent(to: model)
            #expect(Set(called).count == ids.count)
            #expect(
                called.allSatisfy { id in
                    (1...64).contains(id.utf8.count)
                        && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || letters.contains($0)) }
                })
            #expect(called[0] == ids[0] && called[8] == ids[8])
            #expect((called[1] == ids[1]) == (model != Self.claude))
            #expect(try sent(to: model) == called)
        }
        let nameless = Self.conversation([
            Message(.assistant, [.text("a"), Part(.toolCall(ToolCall(id: "", name: "n", arguments: "")))], index: 1)
        ])
        #expect(Self.fault(nameless)?.field == "messages[1].content[1]")
    }

    @Test func toolsThatTheMessagesNameAreDeclared() throws {
        let turns = [
            Message(.user, [.text("?")], index: 0),
            Message(
                .assistant,
                ["b", "a", "b"].enumerated().map { Part(.toolCall(ToolCall(id: "t\($0)", name: $1, arguments: ""))) },
                index: 1),
            Message(.user, [Part(.toolResult(ToolResult(callID: "t0", parts: [.text("r")])))], index: 2),
        ]
        let tools = try Self.written(Self.conversation(turns))["toolConfig"]?["tools"]?.arrayValue ?? []
        #expect(tools.map { $0["toolSpec"]?["name"] } == ["b", "a"])
        #expect(tools[0]["toolSpec"]?["inputSchema"] == ["json": ["type": "object"]])
    }

    @Test func whereNothingIsLeftOfATurnItsNeighboursAreOne() throws {
        let unsaid = Part(.reasoning(Reasoning(text: "unsigned")))
        let turns = [
            Message(.user, [.text("a")], index: 0), Message(.assistant, [unsaid, .text(" ")], index: 1),
            Message(.user, [.text("b")], index: 2),
        ]
        #expect(
            try Self.written(Self.conversation(turns))["messages"] == [
                ["role": "user", "content": [["text": "a"], ["text": "b"]]]
            ])
        for nothing in [[], [turns[1]]] {
            let fault = Self.fault(Self.conversation(nothing))
            #expect(fault?.field == "messages" && fault?.kind == .untranslatable)
        }
    }

    @Test(arguments: [
        "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3",
        "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/d4e5f6",
    ])
    func whatDoesNotTellItsModelTakesWhatClaudeTakes(model: String) throws {
        var asked = Self.conversation(
            [Message(.user, [Part(.text("long"), cachePoint: CachePoint())], index: 0)], model: model)
        asked.sampling.topK = 5
        asked.reasoning.mode = .adaptive
        let body = try Self.written(asked)
        #expect(body["additionalModelRequestFields"] == ["top_k": 5, "thinking": ["type": "adaptive"]])
        #expect(body["messages"]?[0]?["content"]?.arrayValue?.count == 2)
    }

    @Test func soundsAndLaterInstructionsAreTaken() throws {
        let sound = Part(.audio(Media(.base64(mediaType: "audio/wav", data: "aWs="))))
        let asked = Self.conversation([
            Message(.user, [sound], index: 0), Message(.system, [.text("Be brief.")], index: 1),
        ])
        #expect(
            try Self.written(asked)["messages"] == [
                ["role": "user", "content": [["audio": ["format": "wav", "source": ["bytes": "aWs="]]]]],
                ["role": "system", "content": [["text": "Be brief."]]],
            ])
    }

    @Test func theAnswersFormIsASchemaInText() throws {
        let asked = Self.hello {
            $0.outputFormat = .jsonSchema(OutputFormat.Schema(["type": "object"], name: "n", description: "d"))
        }
        #expect(
            try Self.written(asked)["outputConfig"] == [
                "textFormat": [
                    "type": "json_schema",
                    "structure": ["jsonSchema": ["schema": #"{"type":"object"}"#, "name": "n", "description": "d"]],
                ]
            ])
    }

    @Test func thinkingIsSaidInTheModelsOwnWords() throws {
        func fields(_ model: String, _ change: (inout ReasoningControl) -> Void) throws -> JSONValue? {
            try Self.written(
                Self.hello {
                    $0.model = model
                    change(&$0.reasoning)
                })["additionalModelRequestFields"]
        }
        #expect(
            try fields(Self.claude) { $0.mode = .budget(2_048) } == [
                "thinking": ["type": "enabled", "budget_tokens": 2_048]
            ])
        #expect(try fields(Self.claude) { $0.mode = .adaptive } == ["thinking": ["type": "adaptive"]])
        for (shows, word) in [(true, "summarized"), (false, "omitted")] {
            let shown = try fields(Self.claude) {
                $0.mode = .adaptive
                $0.showsText = shows
            }
            #expect(shown == ["thinking": ["type": "adaptive", "display": .string(word)]])
        }
        #expect(try fields(Self.claude) { $0.effort = .xhigh } == nil)
        #expect(
            try Self.written(Self.hello { $0.reasoning.effort = .xhigh })["outputConfig"] == ["effort": "xhigh"])
        #expect(try fields("openai.gpt-oss-120b-1:0") { $0.effort = .low } == ["reasoning_effort": "low"])
    }

    @Test func whatHasNoCounterpartIsNamed() {
        func refused(_ field: String, _ change: (inout Conversation) -> Void) {
            let fault = Self.fault(Self.hello(change))
            #expect(fault?.field == field)
            #expect(fault?.kind == .untranslatable)
            #expect(fault?.reason.contains("Converse") == true)
        }
        refused("n") { $0.sampling.choiceCount = 2 }
        refused("seed") { $0.sampling.seed = 1 }
        refused("frequency_penalty") { $0.sampling.frequencyPenalty = 0.1 }
        refused("presence_penalty") { $0.sampling.presencePenalty = 0.1 }
        refused("parallel_tool_calls") { $0.allowsParallelToolCalls = false }
        refused("response_format") { $0.outputFormat = .jsonObject }
        refused("logit_bias") { $0.vendor["logit_bias"] = [:] }
        refused("reasoning_effort") { $0.reasoning.effort = .minimal }
        refused("top_k") {
            $0.model = "meta.llama3-70b-instruct-v1:0"
            $0.sampling.topK = 1
        }
        refused("thinking") {
            $0.model = "meta.llama3-70b-instruct-v1:0"
            $0.reasoning.mode = .adaptive
        }
        refused("messages[4].name") { $0.messages.append(Message(.user, [.text("s")], name: "Ada", index: 4)) }
        for content: Part.Content in [
            .audio(Media(.base64(mediaType: "audio/flac", data: ""))), .image(Media(.url("https://example.com/a.png"))),
            .image(Media(.base64(mediaType: "image/tiff", data: ""))), .document(Media(.file("file-1"))),
            .document(Media(.base64(mediaType: "application/zip", data: ""))),
            .toolCall(ToolCall(id: "i", name: "n", arguments: "no JSON")),
        ] {
            refused("messages[4].content[0]") { $0.messages.append(Message(.assistant, [Part(content)], index: 4)) }
        }
    }
}
