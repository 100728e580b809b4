extension WireKind {
    /// platform.openai.com/docs/api-reference (read 2026-11). It has no rerank.
    static let openai = WireKind(
        "openai", baseURL: "https://api.openai.com/v1",
        paths: standard(
            .chat, .completions, .embeddings, .moderations, .images, .speech, .transcriptions, .translations,
            .responses))
}
