extension WireKind {
    /// Whatever speaks as OpenAI does and has no kind of its own: every surface may be there.
    static let openaiCompatible = WireKind(
        "openai-compatible",
        paths: standard(
            .chat, .completions, .embeddings, .moderations, .rerank, .images, .speech, .transcriptions, .translations,
            .responses))
}
