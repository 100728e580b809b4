import Domain
import JSON
import Translation

/// How a kind of provider is spoken to: where it differs from OpenAI, and nothing else. A kind is a declaration in a
/// file of its own, and a line in `all`. Read when a variant's plan is made; no request looks anything up here.
struct WireKind: Sendable {
    /// Where the credential goes.
    enum Authentication: Sendable {
        /// `Authorization: Bearer <credential>`.
        case bearer
        /// The credential alone, in a field of this name.
        case field(String)
        /// Where the credential itself tells, or the request has a part in it.
        case chosen(@Sendable (_ provider: LiveProvider, _ credential: String) -> Access)
    }

    /// What a credential comes to.
    enum Access: Sendable {
        case fields([(name: String, value: String)])
        case signed(any RequestSigning)
        /// It is of another form than the kind's, as when a provider's kind was changed.
        case unusable
    }

    /// How a stream comes to tell its usage.
    enum StreamUsage: Sendable {
        /// When `stream_options.include_usage` asks for it.
        case asked
        /// Always; `stream_options` is let through.
        case given
        /// Always; `stream_options` is refused, and never sent.
        case givenUnasked
    }

    /// Where each surface is that the kind has. Appended to the base URL; `{model}` is the provider's id of the model,
    /// any other name in braces a setting.
    typealias Paths = [Surface: String]

    /// A parameter that has another name there.
    struct Rename: Sendable {
        let from: String
        let to: String
    }

    /// As written in a provider's `kind`.
    let name: String
    let baseURL: String?
    /// The vendor's own service where that depends on the settings, in place of `baseURL`.
    let place: (@Sendable (_ settings: JSONObject) -> String)?
    let paths: Paths
    /// What holds instead of `paths` for base URLs that end so; the first that fits.
    let layouts: [(ending: String, paths: Paths)]
    let authentication: Authentication
    let settings: [ProviderKind.Setting]
    /// What must hold for a provider of this kind alone.
    let rules: @Sendable (_ document: JSONValue) -> [Violation]
    /// Whether its credential may be a document of several lines, since it does not go into a field as it is.
    let takesLongCredential: Bool
    /// Fields of each request; `{setting}` in a value is replaced.
    let ownFields: [(name: String, value: String)]
    /// A field of the caller's that goes on to the provider, in lower case.
    let passedField: StaticString?
    let renames: [Surface: [Rename]]
    /// Parameters that are refused by its documentation.
    let refused: [Surface: [String]]
    let streamUsage: StreamUsage
    /// Where `usage` tells how many tokens came from a cache, if not where OpenAI does.
    let cachedTokens: [StaticString]?
    /// Whether `usage` counts reasoning beside the tokens of the answer rather than in them.
    let isReasoningApart: Bool
    /// Whether turns that call tools are refused without `reasoning_content`.
    let returnsReasoning: Bool
    /// Whether all of its models that reason take the effort `none`; else reasoning that a caller of another wire does
    /// not want is left to the model.
    let takesNoEffort: Bool
    /// For conversations of callers on another wire than its own; nil for kinds that speak as OpenAI does.
    let conversations: ConversationPort?
    /// For embeddings, where they are not as OpenAI's.
    let embeddings: EmbeddingsPort?

    /// - Parameter baseURL: of the vendor's own service; nil for what everybody runs at an address of their own.
    init(
        _ name: String, baseURL: String? = nil, place: (@Sendable (_ settings: JSONObject) -> String)? = nil,
        paths: Paths, layouts: [(ending: String, paths: Paths)] = [],
        authentication: Authentication = .bearer, settings: [ProviderKind.Setting] = [],
        rules: @escaping @Sendable (_ document: JSONValue) -> [Violation] = { _ in [] },
        takesLongCredential: Bool = false,
        ownFields: [(name: String, value: String)] = [], passedField: StaticString? = nil,
        renames: [Surface: [Rename]] = [:], refused: [Surface: [String]] = [:], streamUsage: StreamUsage = .asked,
        cachedTokens: [StaticString]? = nil, isReasoningApart: Bool = false,
        returnsReasoning: Bool = false, takesNoEffort: Bool = false, conversations: ConversationPort? = nil,
        embeddings: EmbeddingsPort? = nil
    ) {
        self.name = name
        self.baseURL = baseURL
        self.place = place
        self.paths = paths
        self.layouts = layouts
        self.authentication = authentication
        self.settings = settings
        self.rules = rules
        self.takesLongCredential = takesLongCredential
        self.ownFields = ownFields
        self.passedField = passedField
        self.renames = renames
        self.refused = refused
        self.streamUsage = streamUsage
        self.cachedTokens = cachedTokens
        self.isReasoningApart = isReasoningApart
        self.returnsReasoning = returnsReasoning
        self.takesNoEffort = takesNoEffort
        self.conversations = conversations
        self.embeddings = embeddings
    }

    /// What the control plane is told of it.
    var published: ProviderKind {
        ProviderKind(
            name: name, baseURL: baseURL, place: place, settings: settings,
            takesLongCredential: takesLongCredential, rules: rules)
    }

    /// The surfaces where OpenAI has them.
    static func standard(_ surfaces: Surface..., under prefix: String = "", query: String = "") -> Paths {
        Dictionary(
            surfaces.map { ($0, "\(prefix)/\($0.name)\(query)") }, uniquingKeysWith: { first, _ in first })
    }

    /// - Returns: nil for a surface that it does not have.
    func url(of surface: Surface, at provider: LiveProvider, model: String) -> String? {
        path(of: surface, at: provider).map { url($0, at: provider, model: model) }
    }

    /// - Parameter path: as in `Paths`.
    func url(_ path: String, at provider: LiveProvider, model: String) -> String {
        // In its own path only: the base URL is the operator's, and a model's name is put in last.
        let own = filled(path, for: provider, Self.encoded)
        return provider.baseURL + own.replacing("{model}", with: Self.encoded(model))
    }

    private func path(of surface: Surface, at provider: LiveProvider) -> String? {
        let paths = layouts.first { provider.baseURL.hasSuffix($0.ending) }?.paths ?? paths
        return paths[surface]
    }

    private func filled(_ text: String, for provider: LiveProvider, _ encoded: (String) -> String) -> String {
        var text = text
        for setting in settings {
            let value = provider.settings[setting.name] ?? setting.standard ?? ""
            text = text.replacing("{\(setting.name)}", with: encoded(value))
        }
        return text
    }

    /// Where it takes conversations of another wire; nil when it takes none.
    func conversations(at provider: LiveProvider) -> ConversationPort? {
        conversations
            ?? path(of: .chat, at: provider).map { ConversationPort(OpenAIChat.self, path: $0) }
    }

    /// For one segment of a path (RFC 3986 §2.3).
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var result = ""
        for byte in text.utf8 {
            let isUnreserved =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte &- 48 < 10
                || "-._~".utf8.contains(byte)
            if isUnreserved {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return result
    }

    /// The fields of a request to `provider` beside its credential.
    /// - Parameter surface: of forms each brings its own Content-Type.
    func fields(for provider: LiveProvider, _ surface: Surface) -> [(name: String, value: String)] {
        var result = surface.isForm ? [] : [(name: "Content-Type", value: "application/json")]
        result += ownFields.map { (name: $0.name, value: filled($0.value, for: provider) { $0 }) }
        return result + provider.headers
    }

    /// What the credential of `provider` adds, which nothing overrides.
    func access(to provider: LiveProvider) -> Access {
        guard let credential = provider.credential?.revealed() else { return .fields([]) }
        switch authentication {
        case .bearer: return .fields([(name: "Authorization", value: "Bearer " + credential)])
        case .field(let name): return .fields([(name: name, value: credential)])
        case .chosen(let choose): return choose(provider, credential)
        }
    }
}
