package import JSON

/// `predict` of Vertex AI's text embeddings
/// (cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api, read 2026-11). Some of its
/// models take one text at a time, and say so.
package enum VertexEmbeddings: EmbeddingsWire {
    package static let name = "Vertex AI's text embeddings"

    /// Members of an instance that callers may send under Vertex AI's own name.
    private static let own: Set<String> = ["task_type", "title"]

    package static func request(_ asked: EmbeddingsRequest) throws(TranslationError) -> JSONObject {
        for (member, _) in asked.vendor where !own.contains(member) {
            throw asked.unsupported(member: member, by: name)
        }
        let instances = asked.texts.map { text -> JSONValue in
            var instance: JSONObject = ["content": .string(text)]
            for (member, value) in asked.vendor { instance[member] = value }
            return .object(instance)
        }
        var body: JSONObject = ["instances": .array(instances)]
        if let dimensions = asked.dimensions { body["parameters"] = ["outputDimensionality": JSONValue(dimensions)] }
        return body
    }

    package static func reply(_ body: JSONObject) throws(TranslationError) -> EmbeddingsReply {
        guard let list = body["predictions"]?.arrayValue else { throw .malformed("predictions", "must be a list") }
        var vectors: [[Double]] = []
        var tokens: Int64? = 0
        for (index, item) in list.enumerated() {
            let embeddings = item["embeddings"]
            vectors.append(
                try GeminiEmbeddings.vector(embeddings?["values"], "predictions[\(index)].embeddings.values"))
            if let sum = tokens, let own = embeddings?["statistics"]?["token_count"]?.doubleValue, own >= 0, own < 1e9 {
                tokens = sum + Int64(own)
            } else {
                tokens = nil
            }
        }
        return EmbeddingsReply(vectors: vectors, inputTokens: tokens)
    }

    package static func fault(status: Int, _ body: [UInt8]) -> Fault { Gemini.fault(status: status, body) }
}
