/// What an answer's wire wants to be told and no provider says.
package struct ReplyContext: Sendable {
    /// Unix seconds, for OpenAI's `created`.
    package var createdAt: Int64
    /// For answers whose provider gives no id of its own.
    package var id: String
    /// For answers whose provider does not name its model.
    package var model: String
    /// About how many tokens the request has, for a stream that has to tell before its provider does.
    package var inputTokens: Int64 = 0
    /// Whether a caller of OpenAI's wire asked for the chunk of usage.
    package var wantsStreamUsage: Bool
    /// Whether a caller of embeddings wants them as base64.
    package var packsVectors: Bool

    package init(
        createdAt: Int64, id: String, model: String, wantsStreamUsage: Bool = false, packsVectors: Bool = false
    ) {
        self.createdAt = createdAt
        self.id = id
        self.model = model
        self.wantsStreamUsage = wantsStreamUsage
        self.packsVectors = packsVectors
    }
}
