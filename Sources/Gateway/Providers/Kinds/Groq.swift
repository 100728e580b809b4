extension WireKind {
    /// console.groq.com/docs/openai (read 2026-11): chat alone of our surfaces, and a 400 for these parameters "if they
    /// are supplied". `stream_options` is among the options of LangChain's client of it.
    static let groq = WireKind(
        "groq", baseURL: "https://api.groq.com/openai/v1", paths: standard(.chat),
        refused: [.chat: ["logprobs", "logit_bias", "top_logprobs"]])
}
