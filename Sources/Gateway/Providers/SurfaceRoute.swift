import Domain
import JSON

/// A surface of one variant: all that a request through it needs of the kind of its provider, worked out before any
/// request comes.
final class SurfaceRoute: Sendable {
    let kind: String
    let target: UpstreamTarget
    let reading: AnswerReading
    let streamUsage: WireKind.StreamUsage
    let renames: [WireKind.Rename]
    let refused: [String]
    /// What wins over the caller's own fields, by the names that the provider has for them.
    let parameters: [(key: String, value: [UInt8])]
    /// The same as fields of a form, on a surface that takes one.
    let formFields: [FormField]

    /// Overriding these would break what the gateway itself promises about the request.
    private static let reserved: Set<String> = [
        "model", "messages", "stream", "stream_options", "signalbox", "input", "prompt", "query", "documents",
        "previous_response_id", "conversation", "background",
    ]

    /// - Returns: nil when the kind does not have the surface.
    init?(_ surface: Surface, of variant: LiveVariant, _ kind: WireKind) {
        let provider = variant.provider
        guard let url = kind.url(of: surface, at: provider, model: variant.providerModel) else { return nil }
        self.kind = kind.name
        target = UpstreamTarget(
            url: url, headers: kind.fields(for: provider, surface),
            policy: AddressPolicy(allowsPrivate: provider.allowPrivate))
        var shape = surface.answer
        if shape.cached != nil, let cached = kind.cachedTokens { shape.cached = cached }
        shape.isReasoningApart = kind.isReasoningApart && surface == .chat
        reading = AnswerReading(shape)
        streamUsage = kind.streamUsage
        let renames = kind.renames[surface] ?? []
        self.renames = renames
        refused = kind.refused[surface] ?? []
        var parameters: [(key: String, value: [UInt8])] = []
        let own = Self.parameters(of: variant, surface)
        for (key, value) in surface === Surface.responses ? ResponseParameters.of(own) : own
        where !Self.reserved.contains(key) && Self.isKnown(key, value, on: surface) {
            let name = renames.first { $0.from == key }?.to ?? key
            parameters.removeAll { $0.key == name }
            parameters.append((name, value))
        }
        self.parameters = parameters
        formFields = surface.isForm ? FormField.all(parameters) : []
    }

    /// A variant serves all surfaces, and its parameters are those of some: what belongs to others only would be
    /// refused.
    private static func isKnown(_ key: String, _ value: [UInt8], on surface: Surface) -> Bool {
        // Of the same name on several, and an object on those alone that answer in words.
        if key == "response_format" {
            return surface.isCommonParameter(key) && surface.takesPrompts == (value.first == UInt8(ascii: "{"))
        }
        return surface.isCommonParameter(key) || !Surface.all.contains { $0.isCommonParameter(key) }
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
