import Domain

extension WireKind {
    /// learn.microsoft.com/azure/ai-services/openai/reference and …/foundry/openai/api-version-lifecycle (read
    /// 2026-11): the model is a deployment and stands in the path; 2024-10-21 is the last version with a date that is
    /// no preview, and takes `stream_options`, as all do since 2024-09-01-preview. Under `/openai/v1` (since August
    /// 2025) it is as OpenAI, without a version. Speech needs one of the preview versions. Moderation is a service
    /// apart.
    static let azureOpenAI = WireKind(
        "azure-openai", paths: dated("/openai"),
        layouts: [
            (
                "/openai/v1",
                standard(.chat, .completions, .embeddings, .images, .speech, .transcriptions, .translations, .responses)
            ),
            // What the SDK calls its base URL, beside the endpoint.
            ("/openai", dated("")),
        ],
        authentication: .field("api-key"),
        settings: [.init("api_version", standard: "2024-10-21", "the api-version of the REST API")])

    private static func dated(_ prefix: String) -> Paths {
        standard(
            .chat, .completions, .embeddings, .images, .speech, .transcriptions, .translations,
            under: prefix + "/deployments/{model}",
            query: "?api-version={api_version}")
    }
}
