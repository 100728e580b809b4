/// Vectors, in the order of the texts.
package struct EmbeddingsReply: Sendable, Equatable {
    package var vectors: [[Double]]
    /// nil where the provider told none; never a guess.
    package var inputTokens: Int64?

    package init(vectors: [[Double]], inputTokens: Int64?) {
        self.vectors = vectors
        self.inputTokens = inputTokens
    }
}
