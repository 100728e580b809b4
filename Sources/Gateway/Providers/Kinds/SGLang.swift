extension WireKind {
    /// docs.sglang.io: basic_usage/openai_api and …/native_api (2026-03).
    static let sglang = WireKind("sglang", paths: standard(.chat, .completions, .embeddings, .rerank))
}
