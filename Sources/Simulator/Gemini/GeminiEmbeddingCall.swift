import JSON

/// `embedContent` and `batchEmbedContents` of Gemini, and `predict` of Vertex AI with the instances of its embeddings
/// (ai.google.dev/api/embeddings; cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api;
/// read 2026-11).
struct GeminiEmbeddingCall: Sendable {
    private enum Form {
        case single, batch, prediction
    }

    private let model: String
    private let form: Form
    private let texts: [String]
    private let dimensions: Int

    init(_ model: String, _ json: JSONValue) throws(VendorError) {
        self.model = model
        let asked: JSONValue?
        if let instances = json["instances"]?.arrayValue {
            form = .prediction
            texts = try Self.all(instances) { $0["content"]?.stringValue }
            asked = json["parameters"]?["outputDimensionality"]
        } else if let requests = json["requests"]?.arrayValue {
            form = .batch
            guard requests.allSatisfy({ $0["model"]?.stringValue == "models/" + model }) else {
                throw .invalid("* BatchEmbedContentsRequest.requests: model is not that of the batch")
            }
            texts = try Self.all(requests) { Self.text($0["content"]) }
            asked = requests.first?["outputDimensionality"]
        } else {
            form = .single
            texts = try Self.all([json]) { Self.text($0["content"]) }
            asked = json["outputDimensionality"]
        }
        guard !texts.isEmpty else { throw .invalid("* There is nothing to embed.") }
        let count = asked.map { $0.intValue ?? -1 } ?? EmbeddingVector.standardDimensions
        guard (1...EmbeddingVector.dimensionsMax).contains(count) else {
            throw .invalid("* outputDimensionality is not one that there is")
        }
        dimensions = count
    }

    private static func all(
        _ items: [JSONValue], _ text: (JSONValue) -> String?
    ) throws(VendorError) -> [String] {
        let texts = items.compactMap(text)
        guard texts.count == items.count else { throw .invalid("* content is not specified") }
        return texts
    }

    private static func text(_ content: JSONValue?) -> String? {
        guard let parts = content?["parts"]?.arrayValue, !parts.isEmpty else { return nil }
        return parts.compactMap { $0["text"]?.stringValue }.joined(separator: "\n")
    }

    func plain(_ scenario: Scenario) -> [UInt8] {
        let vectors = texts.map { text -> JSONValue in
            let vector = EmbeddingVector.of(text, model: model, dimensions: dimensions, seed: scenario.settings.seed)
            return .array(vector.map { .number(Double($0)) })
        }
        let answer: JSONValue
        switch form {
        case .single: answer = ["embedding": ["values": vectors[0]]]
        case .batch: answer = ["embeddings": .array(vectors.map { ["values": $0] })]
        case .prediction:
            answer = [
                "predictions": .array(
                    zip(vectors, texts).map { vector, text in
                        let tokens = JSONValue.integer(Int64(SurfaceBody.tokens(in: [text])))
                        let statistics: JSONValue = ["token_count": tokens, "truncated": false]
                        return ["embeddings": ["values": vector, "statistics": statistics]]
                    })
            ]
        }
        return answer.encoded()
    }
}
