package import Domain

extension WireKind {
    /// Every kind there is, each in its file under `Kinds`.
    static let all: [WireKind] = [
        .openai,
        .anthropic,
        .openaiCompatible,
        .gemini,
        .vertex,
        .bedrock,
        .azureOpenAI,
        .mistral,
        .cohere,
        .groq,
        .together,
        .fireworks,
        .deepseek,
        .xai,
        .openrouter,
        .perplexity,
        .ollama,
        .vllm,
        .sglang,
        .tgi,
        .llamacpp,
    ]

    private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    static func named(_ name: String) -> WireKind? { byName[name] }
}

package extension Gateway {
    /// What the control plane lets a provider be.
    static let providerKinds = ProviderKinds(WireKind.all.map(\.published))
}
