import JSON

/// Decides what the model says: by the seed, the model's name and what is asked, and by nothing else.
struct Answerer {
    private let settings: SimulatorSettings

    /// Bytes of the question that decide; a long prompt must not cost a hash of all of it.
    private static let decidingBytesMax = 512
    /// The model whose answer is the body it received.
    private static let echo = "echo"

    init(_ settings: SimulatorSettings) { self.settings = settings }

    func answer(_ request: ChatRequest, body: [UInt8]) -> ChatAnswer {
        if request.model == Self.echo { return .text(String(decoding: body, as: UTF8.self)) }
        if let tool = request.tool {
            let arguments = JSONValue.object(SchemaExample.value(of: tool.parameters).objectValue ?? JSONObject())
            let identifier = "call_" + Hexadecimal.text(hash(request).mixing("call".utf8).value)
            return .call(identifier: identifier, name: tool.name, arguments: arguments.text)
        }
        switch request.format {
        case .text: break
        case .anyObject: return .text(JSONValue.object(["answer": .string(plainText(request))]).text)
        case .schema(let schema): return .text(SchemaExample.value(of: schema).text)
        }
        return .text(plainText(request))
    }

    private func plainText(_ request: ChatRequest) -> String {
        guard let question = KnownQuestion(lastIn: request.question) else {
            return Sentence.text(
                words: settings.answerTokens, hash(request).mixing(UInt64(request.question.utf8.count)))
        }
        let chance = SeededHash(settings.seed).mixing(request.model.utf8).mixing(question.text.utf8)
        let accuracy = settings.accuracyByModel[request.model] ?? settings.accuracy
        return chance.unit < accuracy ? question.answer : question.wrongAnswer(chance.mixing("wrong".utf8))
    }

    private func hash(_ request: ChatRequest) -> SeededHash {
        SeededHash(settings.seed).mixing(request.model.utf8).mixing(
            request.question.utf8.prefix(Self.decidingBytesMax))
    }
}
