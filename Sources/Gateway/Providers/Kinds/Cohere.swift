extension WireKind {
    /// docs.cohere.com/docs/compatibility-api and …/reference/rerank (read 2026-11): OpenAI's chats and embeddings
    /// under `/compatibility/v1`, with `max_completion_tokens` and `stream_options` since August 2025
    /// (cohere-developer-experience#606), and its own rerank, whose form is the surface's.
    static let cohere = WireKind(
        "cohere", baseURL: "https://api.cohere.ai",
        paths: standard(.chat, .embeddings, under: "/compatibility/v1").merging([.rerank: "/v2/rerank"]) { $1 },
        // What OpenAI's SDK calls its base URL.
        layouts: [("/compatibility/v1", standard(.chat, .embeddings))])
}
