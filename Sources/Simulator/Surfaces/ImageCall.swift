import JSON

/// `POST /v1/images/generations`: always the same grey dot.
struct ImageCall: SurfaceCall {
    let model: String
    private let prompt: String
    private let count: Int

    private static let epoch = 1_767_225_600
    /// What the vendor bills for a small one.
    private static let tokensPerImage = 272
    /// A PNG of one pixel.
    private static let dot =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        guard let prompt = read.members["prompt"]?.stringValue, !prompt.isEmpty else {
            throw .invalid("'prompt' must be a text.", parameter: "prompt")
        }
        self.prompt = prompt
        count = try read.count("n", 1...10) ?? 1
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let image: JSONValue = ["b64_json": .string(Self.dot), "revised_prompt": .string(prompt)]
        let input = SurfaceBody.tokens(in: [prompt])
        let output = count * Self.tokensPerImage
        let answer: JSONValue = [
            "created": .integer(Int64(Self.epoch + number)), "data": .array(Array(repeating: image, count: count)),
            "usage": [
                "input_tokens": .integer(Int64(input)), "output_tokens": .integer(Int64(output)),
                "total_tokens": .integer(Int64(input + output)),
            ],
        ]
        return answer.encoded()
    }
}
