import JSON

/// `POST /v1/embeddings`: vectors of length 1, the same for the same model and text.
struct EmbeddingCall: SurfaceCall {
    let model: String
    private let texts: [String]
    private let dimensions: Int
    private let isPacked: Bool

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        texts = try read.texts("input")
        dimensions =
            try read.count("dimensions", 1...EmbeddingVector.dimensionsMax)
            ?? EmbeddingVector.standardDimensions
        switch read.members["encoding_format"]?.stringValue ?? "float" {
        case "float": isPacked = false
        case "base64": isPacked = true
        default: throw .invalid("'encoding_format' must be float or base64.", parameter: "encoding_format")
        }
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let data = texts.enumerated().map { index, text -> JSONValue in
            let vector = EmbeddingVector.of(text, model: model, dimensions: dimensions, seed: scenario.settings.seed)
            let embedding: JSONValue =
                isPacked ? .string(Self.packed(vector)) : .array(vector.map { .number(Double($0)) })
            return ["object": "embedding", "index": .integer(Int64(index)), "embedding": embedding]
        }
        let tokens = JSONValue.integer(Int64(SurfaceBody.tokens(in: texts)))
        let answer: JSONValue = [
            "object": "list", "data": .array(data), "model": .string(model),
            "usage": ["prompt_tokens": tokens, "total_tokens": tokens],
        ]
        return answer.encoded()
    }

    /// Little-endian floats in base64 (RFC 4648 §4), as OpenAI's SDK asks for them.
    private static func packed(_ vector: [Float]) -> String {
        let bytes = vector.flatMap { number in
            (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
        }
        return Base64Text.of(bytes[...])
    }
}
