import JSON

/// `POST /v1/moderations`: what speaks of killing is violence, and nothing else is anything.
struct ModerationCall: SurfaceCall {
    let model: String
    private let texts: [String]

    private static let categories = ["harassment", "hate", "self-harm", "sexual", "violence"]

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        texts = try read.texts("input")
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let identifier = Hexadecimal.text(SeededHash(scenario.settings.seed).mixing(UInt64(number)).value)
        let results = texts.map { text -> JSONValue in
            let isViolent = text.lowercased().contains("kill")
            var flags = JSONObject()
            var scores = JSONObject()
            for category in Self.categories {
                let holds = isViolent && category == "violence"
                flags[category] = .bool(holds)
                let chance = SeededHash(scenario.settings.seed).mixing(category.utf8).mixing(text.utf8).unit / 10
                scores[category] = .number(holds ? 0.9 + chance : chance)
            }
            return ["flagged": .bool(isViolent), "categories": .object(flags), "category_scores": .object(scores)]
        }
        let answer: JSONValue = [
            "id": .string("modr-" + identifier), "model": .string(model), "results": .array(results),
        ]
        return answer.encoded()
    }
}
