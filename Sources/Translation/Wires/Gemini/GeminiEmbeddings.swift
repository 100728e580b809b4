package import JSON

/// `batchEmbedContents` of the Gemini API (ai.google.dev/api/embeddings, read 2026-11).
package enum GeminiEmbeddings: EmbeddingsWire {
    package static let name = "Gemini's batchEmbedContents"

    /// Members that callers may send under Gemini's own name.
    private static let own: Set<String> = ["taskType", "title"]

    package static func request(_ asked: EmbeddingsRequest) throws(TranslationError) -> JSONObject {
        for (member, _) in asked.vendor where !own.contains(member) {
            throw asked.unsupported(member: member, by: name)
        }
        let requests = asked.texts.map { text -> JSONValue in
            var request: JSONObject = [
                "model": .string("models/" + asked.model), "content": ["parts": [["text": .string(text)]]],
            ]
            request["outputDimensionality"] = asked.dimensions.map { JSONValue($0) }
            for (member, value) in asked.vendor { request[member] = value }
            return .object(request)
        }
        return ["requests": .array(requests)]
    }

    package static func reply(_ body: JSONObject) throws(TranslationError) -> EmbeddingsReply {
        guard let list = body["embeddings"]?.arrayValue else { throw .malformed("embeddings", "must be a list") }
        var vectors: [[Double]] = []
        for (index, item) in list.enumerated() {
            vectors.append(try vector(item["values"], "embeddings[\(index)].values"))
        }
        return EmbeddingsReply(vectors: vectors, inputTokens: body["usageMetadata"]?["promptTokenCount"]?.count)
    }

    package static func fault(status: Int, _ body: [UInt8]) -> Fault { Gemini.fault(status: status, body) }

    static func vector(_ value: JSONValue?, _ field: String) throws(TranslationError) -> [Double] {
        guard let items = value?.arrayValue else { throw .malformed(field, "must be a list") }
        let numbers = items.compactMap(\.doubleValue)
        guard numbers.count == items.count else { throw .malformed(field, "must be numbers") }
        return numbers
    }
}
