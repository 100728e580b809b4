import JSON

/// `POST /v1/rerank`, in the form of Jina and Cohere: documents by how many words of the query they hold.
struct RerankCall: SurfaceCall {
    let model: String
    private let query: String
    private let documents: [String]
    private let top: Int?
    private let returnsDocuments: Bool

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        guard let query = read.members["query"]?.stringValue else {
            throw .invalid("'query' must be a text.", parameter: "query")
        }
        self.query = query
        guard read.members["documents"]?.arrayValue != nil else {
            throw .invalid("'documents' must be a list.", parameter: "documents")
        }
        documents = try read.texts("documents")
        top = try read.count("top_n", 1...Int.max)
        returnsDocuments = try read.flag("return_documents")
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let ranked = documents.enumerated().map { index, document in (index: index, score: score(document, scenario)) }
            .sorted { ($0.score, $1.index) > ($1.score, $0.index) }
        let results = ranked.prefix(top ?? ranked.count).map { place -> JSONValue in
            var result: JSONObject = [
                "index": .integer(Int64(place.index)), "relevance_score": .number(place.score),
            ]
            if returnsDocuments { result["document"] = ["text": .string(documents[place.index])] }
            return .object(result)
        }
        let tokens = JSONValue.integer(Int64(SurfaceBody.tokens(in: documents + [query])))
        let identifier = Hexadecimal.text(SeededHash(scenario.settings.seed).mixing(UInt64(number)).value)
        let answer: JSONValue = [
            "id": .string("rerank-" + identifier), "model": .string(model), "results": .array(Array(results)),
            "usage": ["total_tokens": tokens],
        ]
        return answer.encoded()
    }

    /// The share of the query's words, and a little that tells equals apart.
    private func score(_ document: String, _ scenario: Scenario) -> Double {
        let words = Set(query.lowercased().split(separator: " "))
        let held = words.intersection(document.lowercased().split(separator: " "))
        let share = words.isEmpty ? 0 : Double(held.count) / Double(words.count)
        return share * 0.99 + SeededHash(scenario.settings.seed).mixing(document.utf8).unit / 100
    }
}
