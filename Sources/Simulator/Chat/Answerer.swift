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
            let identifier = "call_" + Hexadecimal.text(hash(request.question, request.model).mixing("call".utf8).value)
            return .call(identifier: identifier, name: tool.name, arguments: arguments.text)
        }
        switch request.format {
        case .text: break
        case .anyObject:
            return .text(JSONValue.object(["answer": .string(plainText(request.question, request.model))]).text)
        case .schema(let schema): return .text(SchemaExample.value(of: schema).text)
        }
        return .text(plainText(request.question, request.model))
    }

    /// What goes on behind a prompt.
    func text(after prompt: String, model: String, body: [UInt8]) -> String {
        model == Self.echo ? String(decoding: body, as: UTF8.self) : plainText(prompt, model)
    }

    private func plainText(_ asked: String, _ model: String) -> String {
        guard let question = KnownQuestion(lastIn: asked) else {
            return Sentence.text(words: settings.answerTokens, hash(asked, model).mixing(UInt64(asked.utf8.count)))
        }
        let chance = SeededHash(settings.seed).mixing(model.utf8).mixing(question.text.utf8)
        let accuracy = settings.accuracyByModel[model] ?? settings.accuracy
        return chance.unit < accuracy ? question.answer : question.wrongAnswer(chance.mixing("wrong".utf8))
    }

    private func hash(_ asked: String, _ model: String) -> SeededHash {
        SeededHash(settings.seed).mixing(model.utf8).mixing(asked.utf8.prefix(Self.decidingBytesMax))
    }
}
