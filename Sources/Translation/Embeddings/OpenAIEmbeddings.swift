package import JSON

/// OpenAI's embeddings, as callers speak them (platform.openai.com/docs/api-reference/embeddings, read 2026-11).
///
/// `user` and `metadata` are left out: the gateway has read them, and no model ever sees them.
package enum OpenAIEmbeddings {
    private static let known: Set<String> = [
        "model", "input", "dimensions", "encoding_format", "user", "metadata", "signalbox",
    ]

    package static func request(_ body: JSONObject) throws(TranslationError) -> EmbeddingsRequest {
        var asked = EmbeddingsRequest(model: try body.text("model"), texts: try texts(body["input"]))
        if let dimensions = body.given("dimensions") { asked.dimensions = try dimensions.integer("dimensions") }
        switch body.given("encoding_format")?.stringValue ?? "float" {
        case "float": break
        case "base64": asked.isPacked = true
        default: throw .malformed("encoding_format", "encoding_format must be float or base64")
        }
        for (name, value) in body where !known.contains(name) && !value.isNull { asked.vendor[name] = value }
        return asked
    }

    private static func texts(_ input: JSONValue?) throws(TranslationError) -> [String] {
        if let text = input?.stringValue { return [text] }
        guard let list = input?.arrayValue, !list.isEmpty else {
            throw .malformed("input", "input must be a text or a list of texts")
        }
        var texts: [String] = []
        for (index, item) in list.enumerated() {
            guard let text = item.stringValue else {
                throw .untranslatable("input[\(index)]", "tokens are those of one vendor's models")
            }
            texts.append(text)
        }
        return texts
    }

    /// - Parameters:
    ///   - model: as the provider knows it.
    ///   - estimatedTokens: in place of those that the provider does not tell, since SDKs want a number.
    package static func answer(
        _ reply: EmbeddingsReply, model: String, isPacked: Bool, estimatedTokens: Int64
    ) -> [UInt8] {
        let data = reply.vectors.enumerated().map { index, vector -> JSONValue in
            let embedding: JSONValue =
                isPacked ? .string(packed(vector)) : .array(vector.map(JSONValue.number))
            return ["object": "embedding", "index": JSONValue(index), "embedding": embedding]
        }
        let tokens = JSONValue(reply.inputTokens ?? estimatedTokens)
        let usage: JSONValue = ["prompt_tokens": tokens, "total_tokens": tokens]
        let answer: JSONObject = [
            "object": "list", "data": .array(data), "model": .string(model), "usage": usage,
        ]
        return JSONValue.object(answer).encoded()
    }

    /// Little-endian floats of four bytes each, in base64 (RFC 4648 §4).
    private static func packed(_ vector: [Double]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4 + 2)
        for number in vector {
            let bits = Float(number).bitPattern
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        let padding = (3 - bytes.count % 3) % 3
        bytes += [UInt8](repeating: 0, count: padding)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let word = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            for shift in [18, 12, 6, 0] { text.append(alphabet[word >> shift & 63]) }
        }
        return String(decoding: text.dropLast(padding), as: UTF8.self) + String(repeating: "=", count: padding)
    }
}
