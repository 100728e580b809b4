/// The wire formats that an upstream can speak.
package enum ProviderKind: String, Sendable, CaseIterable {
    case openai
    case openaiCompatible = "openai-compatible"
    case vllm
    case ollama
}
