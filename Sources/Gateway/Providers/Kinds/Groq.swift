extension WireKind {
    /// console.groq.com/docs/openai, …/speech-to-text and …/text-to-speech (read 2026-11): chat, audio and
    /// responses, and
    /// a 400 for these parameters "if they are supplied". `stream_options` is among the options of LangChain's client
    /// of it.
    static let groq = WireKind(
        "groq", baseURL: "https://api.groq.com/openai/v1",
        paths: standard(.chat, .speech, .transcriptions, .translations, .responses),
        refused: [.chat: ["logprobs", "logit_bias", "top_logprobs"]])
}
