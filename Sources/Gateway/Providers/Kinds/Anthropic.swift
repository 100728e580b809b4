import Domain
import Translation

extension WireKind {
    /// platform.claude.com/docs/en/api (overview, messages, messages-count-tokens, versioning; read 2026-11): the
    /// SDK's base URL is without `/v1`; `anthropic-version` is wanted, and 2023-06-01 is the only one there is;
    /// features in beta are asked for by `anthropic-beta`, which passes from the caller. Usage is in every stream.
    static let anthropic = WireKind(
        "anthropic", baseURL: "https://api.anthropic.com",
        paths: [.messages: "/v1/messages", .countTokens: "/v1/messages/count_tokens"],
        authentication: .field("x-api-key"),
        settings: [.init("anthropic_version", standard: "2023-06-01", "the version of the API")],
        ownFields: [("anthropic-version", "{anthropic_version}")], passedField: "anthropic-beta", streamUsage: .given,
        conversations: ConversationPort(AnthropicMessages.self, path: "/v1/messages"))
}
