import JSON
import Simulator
import Testing

@Suite struct AnswerTests {
    @Test func plainAnswerHasTheVendorsShapeAndTruthfulUsage() async throws {
        try await withProvider { provider throws in
            let reply = try provider.ask()
            #expect(reply.status == 200)
            #expect(reply.json?["object"] == "chat.completion")
            #expect(reply.json?["model"] == "sim-large")
            #expect(reply.json?["choices"]?[0]?["finish_reason"] == "stop")
            #expect(reply.content?.split(separator: " ").count == 16)
            let usage = reply.json?["usage"]
            #expect(usage?["completion_tokens"] == 16)
            let sum = (usage?["prompt_tokens"]?.intValue ?? 0) + 16
            #expect(usage?["total_tokens"]?.intValue == sum)
            #expect(usage?["prompt_tokens_details"]?["cached_tokens"] == 0)
            let long = try provider.ask(String(repeating: "long ", count: 2_000))
            #expect(long.json?["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.intValue ?? 0 > 1_024)
        }
    }

    @Test func twoProvidersOfOneSeedAnswerByteForByteAlike() async throws {
        var answers: [[UInt8]] = []
        for seed: UInt64 in [7, 7, 8] {
            var settings = SimulatorSettings()
            settings.seed = seed
            try await withProvider(settings) { provider throws in
                let replies = try (0..<5).map { try provider.ask("Question \($0)", fields: ["stream": .bool($0 == 4)]) }
                answers.append(replies.flatMap(\.body))
            }
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] != answers[2])
    }

    @Test func streamSaysWhatThePlainAnswerSaysAndEndsInOrder() async throws {
        try await withProvider { provider throws in
            let plain = try provider.ask()
            let reply = try provider.ask(fields: ["stream": true, "stream_options": ["include_usage": true]])
            #expect(reply.isWhole)
            #expect(reply.streamedContent == plain.content)
            #expect(reply.deltas.first == ["role": "assistant", "content": "", "refusal": nil])
            #expect(reply.events.last == "[DONE]")
            let chunks = reply.chunks
            #expect(chunks.count == 1 + 16 + 1 + 1)
            #expect(chunks.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["id"] == chunks[0]["id"] })
            #expect(chunks.dropLast().allSatisfy { $0["usage"]?.isNull == true })
            #expect(chunks.dropLast(2).allSatisfy { $0["choices"]?[0]?["finish_reason"]?.isNull == true })
            #expect(chunks[17]["choices"]?[0]?["finish_reason"] == "stop")
            #expect(chunks[18]["choices"] == [])
            #expect(
                chunks[18]["usage"]
                    == plain.json?["usage"].map { usage in
                        var usage = usage.objectValue ?? JSONObject()
                        // The request that asked for a stream was longer.
                        usage["prompt_tokens"] = chunks[18]["usage"]?["prompt_tokens"]
                        usage["total_tokens"] = chunks[18]["usage"]?["total_tokens"]
                        return .object(usage)
                    })
            let without = try provider.ask(fields: ["stream": true])
            #expect(without.chunks.allSatisfy { $0["usage"] == nil })
        }
    }

    @Test func pacedStreamHoldsTheSameEvents() async throws {
        var settings = SimulatorSettings()
        settings.answerTokens = 5
        try await withProvider(settings) { provider throws in
            let whole = try provider.ask(fields: ["stream": true])
            settings.tokenIntervalMilliseconds = 2
            settings.latencyMedianMilliseconds = 1
            settings.latencyP95Milliseconds = 3
            try provider.provider.update(settings)
            let began = ContinuousClock.now
            let paced = try provider.ask(fields: ["stream": true])
            // Five tokens and the end: four pauses between tokens and one before the finish.
            #expect(ContinuousClock.now - began >= .milliseconds(10))
            #expect(paced.body == whole.body)
        }
    }

    @Test func echoAnswersWithTheBytesItReceived() async throws {
        try await withProvider { provider throws in
            let body = Array(#"{ "model":"echo", "messages":[{"role":"user","content":"ü\u0000\n🚦 x"}],"n":1e2}"#.utf8)
            let plain = try provider.request("POST", "/v1/chat/completions", body)
            #expect(plain.content.map { Array($0.utf8) } == body)
            let streaming = RunningProvider.body(
                "ü🚦 " + String(repeating: "й", count: 99), model: "echo", ["stream": true])
            let streamed = try provider.request("POST", "/v1/chat/completions", streaming)
            #expect(Array(streamed.streamedContent.utf8) == streaming)
        }
    }

    @Test func toolIsCalledPlainAndInFragments() async throws {
        let tools: JSONValue = [
            "tools": [
                [
                    "type": "function",
                    "function": [
                        "name": "weather",
                        "parameters": [
                            "type": "object", "properties": ["city": ["type": "string"], "days": ["type": "integer"]],
                            "required": ["city"],
                        ],
                    ],
                ], ["type": "function", "function": ["name": "clock"]],
            ]
        ]
        try await withProvider { provider throws in
            let plain = try provider.ask(fields: tools)
            let call = plain.json?["choices"]?[0]?["message"]?["tool_calls"]?[0]
            #expect(plain.json?["choices"]?[0]?["finish_reason"] == "tool_calls")
            #expect(plain.json?["choices"]?[0]?["message"]?["content"]?.isNull == true)
            #expect(call?["function"] == ["name": "weather", "arguments": #"{"city":"simulated"}"#])
            var fields = tools.objectValue ?? JSONObject()
            fields["stream"] = true
            let streamed = try provider.ask(fields: .object(fields))
            let calls = streamed.deltas.compactMap { $0["tool_calls"]?[0] }
            #expect(calls.allSatisfy { $0["index"] == 0 })
            #expect(calls.first?["id"] == call?["id"])
            let joined = calls.compactMap { $0["function"]?["arguments"]?.stringValue }.joined()
            #expect(joined == #"{"city":"simulated"}"#)
            fields["stream"] = nil
            fields["tool_choice"] = ["type": "function", "function": ["name": "clock"]]
            let named = try provider.ask(fields: .object(fields))
            let function = named.json?["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]
            #expect(function == ["name": "clock", "arguments": "{}"])
            fields["tool_choice"] = "none"
            #expect(try provider.ask(fields: .object(fields)).content?.isEmpty == false)
        }
    }

    @Test func structuredAnswerConformsToItsSchema() async throws {
        let schema: JSONValue = [
            "type": "object", "additionalProperties": false,
            "$defs": ["line": ["type": "object", "properties": ["sku": ["type": "string"]], "required": ["sku"]]],
            "required": ["subject", "urgent", "parcels", "kind", "lines", "note", "grade", "code"],
            "properties": [
                "subject": ["type": "string", "minLength": 20], "urgent": ["type": "boolean"],
                "parcels": ["type": "integer", "exclusiveMinimum": 3], "kind": ["enum": ["new", "old"]],
                "lines": ["type": "array", "minItems": 2, "items": ["$ref": "#/$defs/line"]],
                "note": ["anyOf": [["type": "null"], ["type": "string"]]],
                "grade": ["type": "number", "maximum": -0.5],
                "code": ["type": ["null", "string"], "maxLength": 4], "unasked": ["type": "string"],
            ],
        ]
        try await withProvider { provider throws in
            let reply = try provider.ask(fields: [
                "response_format": ["type": "json_schema", "json_schema": ["name": "ticket", "schema": schema]]
            ])
            let value = try JSONValue(parsing: reply.content ?? "")
            #expect(try JSONSchemaValidator(schema).validate(value).isEmpty)
            let free = try provider.ask(fields: ["response_format": ["type": "json_object"]])
            #expect(try JSONValue(parsing: free.content ?? "").objectValue != nil)
        }
    }

    @Test func schemaThatRefersToItselfComesToAnEnd() async throws {
        let schema: JSONValue = [
            "type": "object", "required": ["a", "b", "c"],
            "properties": ["a": ["$ref": "#"], "b": ["$ref": "#"], "c": ["$ref": "#"]],
        ]
        try await withProvider { provider throws in
            let reply = try provider.ask(fields: [
                "response_format": ["type": "json_schema", "json_schema": ["schema": schema]]
            ])
            #expect(reply.status == 200)
        }
    }
}
