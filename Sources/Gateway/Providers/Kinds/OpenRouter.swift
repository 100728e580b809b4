extension WireKind {
    /// openrouter.ai/docs: use-cases/usage-accounting (usage is in the last event of every stream, and `stream_options`
    /// has no effect), api-reference/rerank, guides on embeddings, and guides/best-practices/reasoning-tokens (efforts
    /// are put into what each model takes, `none` among them; read 2026-11).
    static let openrouter = WireKind(
        "openrouter", baseURL: "https://openrouter.ai/api/v1",
        paths: standard(.chat, .completions, .embeddings, .rerank), streamUsage: .given,
        takesNoEffort: true)
}
