extension WireKind {
    /// docs.together.ai/docs/inference/openai-compatibility and …/embeddings/rerank (read 2026-11), and
    /// …/reference/audio-speech and …/audio-transcriptions.
    static let together = WireKind(
        "together", baseURL: "https://api.together.ai/v1",
        paths: standard(
            .chat, .completions, .embeddings, .rerank, .images, .speech, .transcriptions, .translations))
}
