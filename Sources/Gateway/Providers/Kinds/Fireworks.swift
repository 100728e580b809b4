extension WireKind {
    /// docs.fireworks.ai/tools-sdks/openai-compatibility and …/guides/querying-embeddings-models (read 2026-11): usage
    /// is in the last chunk of every stream.
    static let fireworks = WireKind(
        "fireworks", baseURL: "https://api.fireworks.ai/inference/v1",
        paths: standard(.chat, .completions, .embeddings, .rerank), streamUsage: .given)
}
