extension WireKind {
    /// docs.perplexity.ai/docs/sonar/openai-compatibility (read 2026-11): no `/v1`, `max_tokens`, and usage in the
    /// chunks without being asked. Perplexity has announced the end of this API for 2026-09-27 in favour of one in the
    /// form of OpenAI's responses. Its embeddings are packed integers, which is not OpenAI's form.
    static let perplexity = WireKind(
        "perplexity", baseURL: "https://api.perplexity.ai", paths: standard(.chat),
        renames: [.chat: [Rename(from: "max_completion_tokens", to: "max_tokens")]], streamUsage: .given)
}
