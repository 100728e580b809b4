import Domain
import Translation

extension WireKind {
    /// ai.google.dev/api (read 2026-11): the SDK's base URL is without the version; the model stands in the path.
    static let gemini = WireKind(
        "gemini", baseURL: "https://generativelanguage.googleapis.com", paths: [:],
        authentication: .field("x-goog-api-key"),
        settings: [.init("api_version", standard: "v1beta", "the version in the path")],
        rules: { GoogleAddress.versionViolations(in: $0) },
        conversations: ConversationPort(
            Gemini.self, path: "/{api_version}/models/{model}:generateContent",
            streamPath: "/{api_version}/models/{model}:streamGenerateContent?alt=sse"),
        embeddings: EmbeddingsPort(
            GeminiEmbeddings.self, path: "/{api_version}/models/{model}:batchEmbedContents"))
}
