extension WireKind {
    /// docs.mistral.ai/api and the models of github.com/mistralai/client-python (read 2026-11): `max_tokens` and
    /// `random_seed`. Fields that it does not know are a 422 (`extra_forbidden`), `max_completion_tokens`
    /// (editor-code-assistant/eca#231, 2025-12) and `stream_options` (openai-agents-python#442, 2025-04) among them;
    /// usage stands in a stream's last chunk all the same. It transcribes under OpenAI's path; its speech is
    /// JSON of its own.
    static let mistral = WireKind(
        "mistral", baseURL: "https://api.mistral.ai/v1",
        paths: standard(.chat, .embeddings, .moderations, .transcriptions),
        renames: [
            .chat: [
                Rename(from: "max_completion_tokens", to: "max_tokens"), Rename(from: "seed", to: "random_seed"),
            ]
        ], streamUsage: .givenUnasked)
}
