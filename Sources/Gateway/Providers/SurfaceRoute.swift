import Domain
import HTTP
import JSON
import Translation

/// A surface of one variant: all that a request through it needs of the kind of its provider, worked out before any
/// request comes.
final class SurfaceRoute: Sendable {
    let surface: Surface
    let kind: String
    let target: UpstreamTarget
    /// For streams: the same but for kinds that have another path for them.
    let streamTarget: UpstreamTarget
    /// nil where the fields of all requests are the same.
    let signing: (any RequestSigning)?
    let reading: AnswerReading
    let grammar: StreamGrammar
    /// Where the provider's wire is not the caller's; nil where bytes pass.
    let translation: (any BodyTranslation)?
    let streamUsage: WireKind.StreamUsage
    let renames: [WireKind.Rename]
    let refused: [String]
    /// A field of the caller's that goes on to the provider.
    let passedField: StaticString?
    /// What wins over the caller's own fields, by the names that the provider has for them.
    let parameters: [(key: String, value: [UInt8])]
    /// The same as fields of a form, on a surface that takes one.
    let formFields: [FormField]
    /// What is wrong with the variant's parameters for this provider: every request's answer.
    let fault: OpenAIError?

    /// Overriding these would break what the gateway itself promises about the request.
    private static let reserved: Set<String> = [
        "model", "messages", "stream", "stream_options", "signalbox", "input", "prompt", "query", "documents",
        "previous_response_id", "conversation", "background",
    ]

    /// - Returns: nil when the kind does not have the surface.
    /// - Parameter outputTokensMax: what an answer has at most where nobody says.
    init?(
        _ surface: Surface, of variant: LiveVariant, _ kind: WireKind, _ access: WireKind.Access, outputTokensMax: Int
    ) {
        let provider = variant.provider
        var port: ConversationPort?
        let url: String
        if let own = kind.url(of: surface, at: provider, model: variant.providerModel) {
            url = own
        } else if surface.wire != nil, let other = kind.conversations(at: provider) {
            port = other
            url = kind.url(other.path, at: provider, model: variant.providerModel)
        } else if surface === Surface.embeddings, let other = kind.embeddings {
            url = kind.url(other.path, at: provider, model: variant.providerModel)
        } else {
            return nil
        }
        self.surface = surface
        self.kind = kind.name
        var fields = kind.fields(for: provider, surface)
        var isUsable = true
        switch access {
        case .fields(let own):
            fields += own
            signing = nil
        case .signed(let signing): self.signing = signing
        case .unusable:
            isUsable = false
            signing = nil
        }
        let policy = AddressPolicy(allowsPrivate: provider.allowPrivate)
        // Without an address nothing is sent, and the provider told to be misconfigured.
        let target = UpstreamTarget(url: isUsable ? url : "", headers: fields, policy: policy)
        self.target = target
        streamTarget =
            port?.streamPath.map { path in
                let url = kind.url(path, at: provider, model: variant.providerModel)
                return UpstreamTarget(url: isUsable ? url : "", headers: fields, policy: policy)
            } ?? target
        var shape = surface.answer
        if shape.cached != nil, let cached = kind.cachedTokens { shape.cached = cached }
        shape.isReasoningApart = kind.isReasoningApart && surface == .chat
        reading = AnswerReading(shape)
        streamUsage = kind.streamUsage
        passedField = kind.passedField
        renames = kind.renames[surface] ?? []
        refused = kind.refused[surface] ?? []
        let all = Self.parameters(of: variant, surface)
        let own = (surface === Surface.responses ? ResponseParameters.of(all) : all).filter { key, value in
            !Self.reserved.contains(key) && Self.isKnown(key, value, on: surface)
        }
        if let port, let wire = surface.wire {
            translation = ConversationRoute(
                from: wire, to: port.wire, kind, for: variant, parameters: Self.tree(own),
                maxTokensFallback: outputTokensMax)
            grammar = .translated(
                from: port.wire, to: wire, isReasoningApart: kind.isReasoningApart, framing: port.framing)
            // For what is reserved; the body is written by the translation.
            parameters = own
            formFields = []
            fault = nil
            return
        }
        if surface === Surface.embeddings, let port = kind.embeddings {
            translation = EmbeddingsRoute(to: port.wire, for: variant, parameters: Self.tree(own))
            grammar = .openAI(reading)
            parameters = []
            formFields = []
            fault = nil
            return
        }
        translation = nil
        switch surface.style {
        case .openAI:
            grammar = .openAI(reading)
            parameters = Self.renamed(own, kind.renames[surface] ?? [])
            fault = nil
        case .anthropic:
            grammar = .anthropic
            (parameters, fault) = Self.anthropic(own, surface)
        }
        formFields = surface.isForm ? FormField.all(parameters) : []
    }

    /// The field of the caller's that goes on to the provider, as a line of its head; empty for nothing.
    @inline(__always)
    func passedLine(of head: RequestHead) -> [UInt8] {
        guard let passedField else { return [] }
        return Self.line(passedField, of: head)
    }

    private static func line(_ name: StaticString, of head: RequestHead) -> [UInt8] {
        guard let value = head.value(known: name), !value.isEmpty else { return [] }
        // What was read from a head holds no line's end.
        return Array("\r\n\(name): \(value)".utf8)
    }

    private static func renamed(
        _ own: [(key: String, value: [UInt8])], _ renames: [WireKind.Rename]
    ) -> [(key: String, value: [UInt8])] {
        var parameters: [(key: String, value: [UInt8])] = []
        for (key, value) in own {
            let name = renames.first { $0.from == key }?.to ?? key
            parameters.removeAll { $0.key == name }
            parameters.append((name, value))
        }
        return parameters
    }

    /// Parameters are in OpenAI's words, or those that Anthropic alone has.
    private static func anthropic(
        _ own: [(key: String, value: [UInt8])], _ surface: Surface
    ) -> ([(key: String, value: [UInt8])], OpenAIError?) {
        do throws(TranslationError) {
            let members = try AnthropicMessages.parameters(try ConversationRoute.read(tree(own)).get())
            // Counting tokens takes a few only, and leaves the rest to the message.
            let taken = members.filter { surface.wire != nil || surface.isCommonParameter($0.key) }
            return (taken.map { ($0.key, $0.value.encoded()) }, nil)
        } catch {
            return ([], OpenAIError(error))
        }
    }

    private static func tree(_ own: [(key: String, value: [UInt8])]) -> JSONObject {
        var object = JSONObject()
        for (key, value) in own { object[key] = try? JSONValue(parsing: value) }
        return object
    }

    /// A variant serves all surfaces, and its parameters are those of some: what belongs to others only would be
    /// refused.
    private static func isKnown(_ key: String, _ value: [UInt8], on surface: Surface) -> Bool {
        // What chats take is put into Anthropic's words.
        let isTaken =
            surface.isCommonParameter(key) || (surface.style == .anthropic && Surface.chat.isCommonParameter(key))
        // Of the same name on several, and an object on those alone that answer in words.
        if key == "response_format" {
            return isTaken && surface.takesPrompts == (value.first == UInt8(ascii: "{"))
        }
        return isTaken || !Surface.all.contains { $0.style == .openAI && $0.isCommonParameter(key) }
    }

    private static func parameters(of variant: LiveVariant, _ surface: Surface) -> [(key: String, value: [UInt8])] {
        guard surface.takesPrompts, let format = variant.compiledPrompt?.responseFormat,
            !variant.parameters.contains(where: { $0.key == "response_format" })
        else { return variant.parameters }
        return variant.parameters + [(key: "response_format", value: format.encoded())]
    }

    /// What the caller calls it that is `name` there; nil when it is called the same.
    func original(of name: String) -> String? { renames.first { $0.to == name }?.from }
}
