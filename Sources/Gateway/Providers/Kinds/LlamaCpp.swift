extension WireKind {
    /// tools/server/README.md of github.com/ggml-org/llama.cpp (read 2026-11).
    static let llamacpp = WireKind("llamacpp", paths: standard(.chat, .completions, .embeddings, .rerank))
}
