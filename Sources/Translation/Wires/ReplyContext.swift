/// What an answer's wire wants to be told and no provider says.
package struct ReplyContext: Sendable {
    /// Unix seconds, for OpenAI's `created`.
    package var createdAt: Int64
    /// For answers whose provider gives no id of its own.
    package var id: String
    /// For answers whose provider does not name its model.
    package var model: String
    /// About how many tokens the request has, for who has to tell before its provider does, or though it does not.
    package var inputTokens: Int64 = 0
    /// Whether a caller of OpenAI's wire asked for the chunk of usage.
    package var wantsStreamUsage: Bool
    /// What a caller of embeddings is to get; nil for other answers.
    package var vectors: Vectors?

    /// One for each text.
    package struct Vectors: Sendable {
        package var count: Int
        /// Whether they are wanted as base64.
        package var arePacked: Bool

        package init(count: Int, arePacked: Bool) {
            self.count = count
            self.arePacked = arePacked
        }
    }

    package init(
        createdAt: Int64, id: String, model: String, wantsStreamUsage: Bool = false, vectors: Vectors? = nil
    ) {
        self.createdAt = createdAt
        self.id = id
        self.model = model
        self.wantsStreamUsage = wantsStreamUsage
        self.vectors = vectors
    }
}
