import Domain
import JSON
import Translation

/// The way of embeddings from OpenAI's wire to the provider's, for one variant.
final class EmbeddingsRoute: BodyTranslation {
    private let wire: any EmbeddingsWire.Type
    private let model: String
    /// Win over the caller's.
    private let parameters: JSONObject

    init(to wire: any EmbeddingsWire.Type, for variant: LiveVariant, parameters: JSONObject) {
        self.wire = wire
        model = variant.providerModel
        self.parameters = parameters
    }

    func body(_ request: CallerRequest) throws(OpenAIError) -> [UInt8] {
        do throws(TranslationError) {
            var members = try ConversationRoute.tree(request.bytes)
            for (name, value) in parameters { members[name] = value }
            var asked = try OpenAIEmbeddings.request(members)
            asked.model = model
            return JSONValue.object(try wire.request(asked)).encoded()
        } catch {
            throw OpenAIError(error)
        }
    }

    func answer(_ bytes: [UInt8], _ context: ReplyContext) -> PlainAnswer? {
        guard let object = (try? JSONValue(parsing: bytes, duplicateKeys: .lastWins))?.objectValue,
            let reply = try? wire.reply(object), let asked = context.vectors,
            // Else some text would have the vector of another.
            reply.vectors.count == asked.count
        else { return nil }
        return PlainAnswer(
            bytes: OpenAIEmbeddings.answer(
                reply, model: model, isPacked: asked.arePacked, estimatedTokens: context.inputTokens),
            tokens: reply.inputTokens.map { Outcome.Tokens(input: $0, output: 0) }, finishReason: nil, text: nil)
    }

    func vectors(of request: CallerRequest) -> ReplyContext.Vectors? {
        let input = (try? ConversationRoute.tree(request.bytes))?["input"]
        return ReplyContext.Vectors(count: input?.arrayValue?.count ?? 1, arePacked: request.packsVectors)
    }

    func fault(status: Int, _ body: [UInt8]) -> Fault { wire.fault(status: status, body) }

    func error(_ fault: Fault, requestID: String) -> [UInt8] { OpenAIChat.error(fault, requestID: requestID) }
}
