import JSON
import Simulator
import Support
import Testing

@Suite struct GeminiTests {
    private static let path = "/v1beta/models/gemini-2.5-flash:generateContent"
    private static let stream = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    private static let question: JSONValue = [
        "contents": [["role": "user", "parts": [["text": "What is 6 times 7?"]]]]
    ]
    private static let tools: JSONValue = [
        "tools": [
            [
                "functionDeclarations": [
                    [
                        "name": "weather",
                        "parameters": [
                            "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
                        ],
                    ]
                ]
            ]
        ]
    ]

    private static func post(
        _ provider: RunningProvider, _ path: String, _ body: JSONValue, headers: [String] = []
    ) throws -> ProviderReply {
        try provider.request("POST", path, body.encoded(), headers: headers)
    }

    @Test func aStreamSaysWhatThePlainAnswerSays() async throws {
        try await withProvider { provider throws in
            let plain = try Self.post(provider, Self.path, Self.question)
            let candidate = try #require(plain.json?["candidates"]?[0])
            #expect(candidate["content"]?["parts"] == [["text": "42"]])
            #expect(candidate["finishReason"] == "STOP")
            let reply = try Self.post(provider, Self.stream, Self.question)
            #expect(reply.isWhole)
            let texts = reply.chunks.compactMap { $0["candidates"]?[0]?["content"]?["parts"]?[0]?["text"]?.stringValue }
            #expect(texts.joined() == "42")
            #expect(reply.chunks.last?["candidates"]?[0]?["finishReason"] == "STOP")
            #expect(reply.chunks.last?["usageMetadata"] == plain.json?["usageMetadata"])
            let vertex = "/v1/projects/p/locations/eu/publishers/google/models/gemini-2.5-flash:generateContent"
            #expect(try Self.post(provider, vertex, Self.question).json?["candidates"]?[0] == candidate)
        }
    }

    @Test func aFunctionIsCalledWithArgumentsAndItsThoughtIsWantedBack() async throws {
        try await withProvider { provider throws in
            let asked = Self.question.mergePatched(with: Self.tools)
            let path = "/v1beta/models/gemini-3-pro:generateContent"
            let answer = try Self.post(provider, path, asked)
            let part = try #require(answer.json?["candidates"]?[0]?["content"]?["parts"]?[0])
            #expect(part["functionCall"]?["name"] == "weather")
            #expect(part["functionCall"]?["args"] == ["city": "simulated"])
            #expect(part["thoughtSignature"]?.stringValue?.isEmpty == false)
            let id = try #require(part["functionCall"]?["id"])
            func followed(by call: JSONValue, id: JSONValue = id) throws -> ProviderReply {
                let result: JSONValue = [
                    "functionResponse": ["name": "weather", "response": ["result": "rain"], "id": id]
                ]
                var contents = asked["contents"]?.arrayValue ?? []
                contents += [["role": "model", "parts": [call]], ["role": "user", "parts": [result]]]
                return try Self.post(provider, path, asked.mergePatched(with: ["contents": .array(contents)]))
            }
            #expect(try followed(by: part).json?["candidates"]?[0]?["content"]?["parts"]?[0]?["text"] != nil)
            let bare = try followed(by: part.mergePatched(with: ["thoughtSignature": nil]))
            #expect(bare.status == 400)
            #expect(bare.error?["status"] == "INVALID_ARGUMENT")
            #expect(try followed(by: part, id: "another").status == 400)
            #expect(try followed(by: part.mergePatched(with: ["functionCall": ["id": nil]])).status == 400)
        }
    }

    @Test func errorsAreGooglesAndTheKeyStandsInItsOwnField() async throws {
        var settings = SimulatorSettings()
        settings.requiredKey = "k"
        try await withProvider(settings) { provider throws in
            let wrong = try Self.post(provider, Self.path, Self.question)
            #expect(wrong.status == 400)
            #expect(wrong.error?["details"]?[0]?["reason"] == "API_KEY_INVALID")
            for header in ["x-goog-api-key: k", "Authorization: Bearer k"] {
                #expect(try Self.post(provider, Self.path, Self.question, headers: [header]).status == 200)
            }
            let limited = try Self.post(
                provider, Self.path, Self.question, headers: ["x-goog-api-key: k", "X-Simulator-Fault: 429"])
            #expect(limited.status == 429)
            #expect(limited.error?["status"] == "RESOURCE_EXHAUSTED")
            #expect(limited.error?["details"]?[0]?["retryDelay"] == "2s")
            let broken = try Self.post(
                provider, Self.stream, Self.question.mergePatched(with: Self.tools),
                headers: ["x-goog-api-key: k", "X-Simulator-Fault: stream-error"])
            #expect(broken.chunks.last?["error"]?["status"] == "UNAVAILABLE")
        }
    }

    @Test(arguments: [
        ("/v1beta/models/m:generateContent", "{}", 400), ("/v1beta/models/m:generateContent", "[]", 400),
        ("/v1beta/models/m:generateContent", "{", 400),
        ("/v1beta/models/m:generateContent", #"{"contents":[{"parts":[]}]}"#, 400),
        ("/v1beta/models/m:generateContent", #"{"contents":[{"role":"system","parts":[{"text":"t"}]}]}"#, 400),
        ("/v1beta/models/m:streamGenerateContent", #"{"contents":[{"parts":[{"text":"t"}]}]}"#, 400),
        ("/v1beta/models/m:countTokens", "{}", 404), ("/v1beta/models/m", "{}", 404),
        ("/v1beta/models/m:batchEmbedContents", #"{"requests":[{"model":"models/n"}]}"#, 400),
        ("/v1beta/models/m:embedContent", "{}", 400), ("/v1beta/models/m:predict", #"{"instances":[]}"#, 400),
    ])
    func whatCannotBeReadIsRefused(path: String, body: String, status: Int) async throws {
        try await withProvider { provider throws in
            let reply = try provider.request("POST", path, Array(body.utf8))
            #expect(reply.status == status)
            #expect(reply.error?["code"]?.intValue == status)
        }
    }

    @Test func aTextHasOneVectorInAllThreeForms() async throws {
        try await withProvider { provider throws in
            let content: JSONValue = ["parts": [["text": "a parcel"]]]
            let single = try Self.post(
                provider, "/v1beta/models/e:embedContent", ["content": content, "outputDimensionality": 8])
            let batch = try Self.post(
                provider, "/v1beta/models/e:batchEmbedContents",
                ["requests": [["model": "models/e", "content": content, "outputDimensionality": 8]]])
            let predicted = try Self.post(
                provider, "/v1/projects/p/locations/l/publishers/google/models/e:predict",
                ["instances": [["content": "a parcel"]], "parameters": ["outputDimensionality": 8]])
            let vector = try #require(single.json?["embedding"]?["values"])
            #expect(vector.arrayValue?.count == 8)
            #expect(batch.json?["embeddings"]?[0]?["values"] == vector)
            #expect(predicted.json?["predictions"]?[0]?["embeddings"]?["values"] == vector)
        }
    }
}
