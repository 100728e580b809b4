import Domain

/// How a kind of provider is spoken to. A kind is a declaration in the table below, and nothing else.
struct ProviderWire: Sendable {
    /// Where the credential goes.
    enum Authentication: Sendable {
        /// `Authorization: Bearer <credential>`.
        case bearer
        /// The credential alone, in a field of this name.
        case field(String)
    }

    /// Appended to the provider's base URL.
    let chatPath: String
    let authentication: Authentication
    /// Sent with every request of this kind.
    let fields: [(name: String, value: String)]

    private init(chatPath: String, authentication: Authentication, fields: [(name: String, value: String)] = []) {
        self.chatPath = chatPath
        self.authentication = authentication
        self.fields = fields
    }

    static func of(_ kind: ProviderKind) -> ProviderWire {
        switch kind {
        case .openai, .openaiCompatible, .vllm, .ollama: openai
        }
    }

    private static let openai = ProviderWire(chatPath: "/chat/completions", authentication: .bearer)

    /// The fields of a request to `provider`: the kind's, the provider's own, and its credential, which nothing
    /// overrides.
    func fields(for provider: LiveProvider) -> [(name: String, value: String)] {
        var result = [(name: "Content-Type", value: "application/json")]
        result += fields
        result += provider.headers
        guard let credential = provider.credential else { return result }
        switch authentication {
        case .bearer: result.append((name: "Authorization", value: "Bearer " + credential.revealed()))
        case .field(let name): result.append((name: name, value: credential.revealed()))
        }
        return result
    }
}
