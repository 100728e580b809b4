extension WireKind {
    /// docs.vllm.ai, "Online Serving", of 0.32.0.
    static let vllm = WireKind(
        "vllm", paths: standard(.chat, .completions, .embeddings, .rerank, .transcriptions, .translations, .responses))
}
