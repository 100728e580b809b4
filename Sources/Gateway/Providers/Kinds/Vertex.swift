import Domain
import Translation

extension WireKind {
    /// cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference and …/learn/locations (read 2026-11):
    /// Gemini's wire under a project and a location, which the host's name tells too. The credential is the JSON file
    /// of a service account's key, with which access tokens are got and renewed, or an access token, which lives for an
    /// hour.
    static let vertex = WireKind(
        "vertex", place: { GoogleAddress.vertex($0) }, paths: [:],
        authentication: .chosen { provider, credential in GoogleCredential(credential).access(for: provider) },
        settings: [
            .init("project", standard: nil, "the project's id"),
            .init("location", standard: "global", "global, us, eu or a region: the host follows it"),
            .init("api_version", standard: "v1", "the version in the path"),
        ],
        rules: { document in
            GoogleAddress.versionViolations(in: document) + GoogleAddress.locationViolations(in: document)
                + GoogleCredential.violations(in: document)
        }, takesLongCredential: true,
        conversations: ConversationPort(
            Gemini.self, path: models + "{model}:generateContent",
            streamPath: models + "{model}:streamGenerateContent?alt=sse"),
        embeddings: EmbeddingsPort(VertexEmbeddings.self, path: models + "{model}:predict"))

    private static let models = "/{api_version}/projects/{project}/locations/{location}/publishers/google/models/"
}
