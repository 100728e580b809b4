extension WireKind {
    /// docs/openapi.json of github.com/huggingface/text-generation-inference 2.4.1: `max_tokens` is the only name, and
    /// `stream_options` is taken.
    static let tgi = WireKind(
        "tgi", paths: standard(.chat, .completions),
        renames: [.chat: [Rename(from: "max_completion_tokens", to: "max_tokens")]])
}
