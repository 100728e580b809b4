extension WireKind {
    /// docs.x.ai/api-reference (read 2026-11): of our surfaces chat, which it calls legacy, responses and images. In
    /// chat its usage counts reasoning beside `completion_tokens` (docs.x.ai/docs/key-information/consumption-and-
    /// rate-limits).
    static let xai = WireKind(
        "xai", baseURL: "https://api.x.ai/v1", paths: standard(.chat, .images, .responses), isReasoningApart: true)
}
