import JSON
import Testing
import Translation

@Suite struct EmbeddingsTests {
    private static func asked(_ body: JSONObject) throws -> EmbeddingsRequest {
        var asked = try OpenAIEmbeddings.request(body)
        asked.model = "e"
        return asked
    }

    @Test func textsGoToGeminiAsABatchAndToVertexAsInstances() throws {
        let one = try Self.asked(["model": "bot", "input": "a parcel", "user": "u", "metadata": [:], "dimensions": 8])
        #expect(
            .object(try GeminiEmbeddings.request(one)) as JSONValue == [
                "requests": [
                    [
                        "model": "models/e", "content": ["parts": [["text": "a parcel"]]], "outputDimensionality": 8,
                    ]
                ]
            ])
        let two = try Self.asked(["model": "bot", "input": ["a", ""], "task_type": "RETRIEVAL_QUERY"])
        #expect(
            .object(try VertexEmbeddings.request(two)) as JSONValue == [
                "instances": [
                    ["content": "a", "task_type": "RETRIEVAL_QUERY"], ["content": "", "task_type": "RETRIEVAL_QUERY"],
                ]
            ])
        #expect(
            throws: TranslationError.untranslatable(
                "task_type", "task_type has no counterpart in Gemini's batchEmbedContents")
        ) {
            try GeminiEmbeddings.request(two)
        }
    }

    @Test(
        arguments: [
            (["model": "m"], "input"), (["model": "m", "input": []], "input"), (["model": "m", "input": 7], "input"),
            (["model": "m", "input": ["a", 7]], "input[1]"), (["model": "m", "input": [[1, 2]]], "input[0]"),
            (["model": "m", "input": "a", "encoding_format": "hex"], "encoding_format"),
            (["model": "m", "input": "a", "dimensions": "8"], "dimensions"), (["input": "a"], "model"),
        ] as [(JSONObject, String)])
    func whatCannotBeEmbeddedIsNamed(body: JSONObject, field: String) {
        do throws(TranslationError) {
            _ = try OpenAIEmbeddings.request(body)
            Issue.record("taken")
        } catch {
            #expect(error.field == field)
        }
    }

    @Test func vectorsComeBackAsNumbersOrPacked() throws {
        let gemini = try GeminiEmbeddings.reply(["embeddings": [["values": [1, -0.5]], ["values": []]]])
        #expect(gemini == EmbeddingsReply(vectors: [[1, -0.5], []], inputTokens: nil))
        let vertex = try VertexEmbeddings.reply([
            "predictions": [
                ["embeddings": ["values": [0.25], "statistics": ["token_count": 3.0]]],
                ["embeddings": ["values": [2], "statistics": ["token_count": 4]]],
            ]
        ])
        #expect(vertex == EmbeddingsReply(vectors: [[0.25], [2]], inputTokens: 7))
        let plain = try JSONValue(
            parsing: OpenAIEmbeddings.answer(vertex, model: "e", isPacked: false, estimatedTokens: 9))
        #expect(
            plain == [
                "object": "list", "model": "e", "usage": ["prompt_tokens": 7, "total_tokens": 7],
                "data": [
                    ["object": "embedding", "index": 0, "embedding": [0.25]],
                    ["object": "embedding", "index": 1, "embedding": [2]],
                ],
            ])
        let packed = try JSONValue(
            parsing: OpenAIEmbeddings.answer(gemini, model: "e", isPacked: true, estimatedTokens: 9))
        // 1.0f and -0.5f: 00 00 80 3f 00 00 00 bf
        #expect(packed["data"]?[0]?["embedding"] == "AACAPwAAAL8=")
        #expect(packed["data"]?[1]?["embedding"] == "")
        #expect(packed["usage"] == ["prompt_tokens": 9, "total_tokens": 9], "it tells none")
    }

    @Test(arguments: [
        "{}", #"{"embeddings":[{}]}"#, #"{"embeddings":[{"values":["a"]}]}"#, #"{"predictions":[{"embeddings":{}}]}"#,
    ])
    func whatIsNoAnswerIsRefused(text: String) throws {
        let body = try #require(try JSONValue(parsing: text).objectValue)
        #expect(throws: TranslationError.self) { try GeminiEmbeddings.reply(body) }
        #expect(throws: TranslationError.self) { try VertexEmbeddings.reply(body) }
    }
}
