extension WireKind {
    /// docs.ollama.com/api/openai-compatibility (read 2026-11): `stream_options.include_usage` is taken; `max_tokens`
    /// is the name, and what is not in its list of fields is passed over in silence.
    static let ollama = WireKind(
        "ollama", paths: standard(.chat, .completions, .embeddings),
        renames: [.chat: [Rename(from: "max_completion_tokens", to: "max_tokens")]])
}
