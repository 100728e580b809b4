import Domain
import JSON
import Translation

/// The way of conversations between two wires, for one variant: worked out before any request comes.
final class ConversationRoute: BodyTranslation {
    let caller: any CallerWire.Type
    let provider: any ProviderWire.Type
    private let variant: LiveVariant
    private let renames: [WireKind.Rename]
    private let refused: [String]
    private let kind: String
    private let streamUsage: WireKind.StreamUsage
    private let isReasoningApart: Bool
    private let returnsReasoning: Bool
    private let takesNoEffort: Bool
    /// What is sent where the provider wants a limit of tokens and nobody set one, which is what is reserved then.
    private let maxTokensFallback: Int
    /// The variant's parameters, which win over the caller's; a fault of theirs is every request's.
    private let parameters: Result<Conversation, TranslationError>

    init(
        from caller: any CallerWire.Type, to provider: any ProviderWire.Type, _ kind: WireKind,
        for variant: LiveVariant,
        parameters: JSONObject, maxTokensFallback: Int
    ) {
        self.caller = caller
        self.provider = provider
        self.variant = variant
        self.kind = kind.name
        renames = kind.renames[.chat] ?? []
        refused = kind.refused[.chat] ?? []
        streamUsage = kind.streamUsage
        isReasoningApart = kind.isReasoningApart
        returnsReasoning = kind.returnsReasoning
        takesNoEffort = kind.takesNoEffort
        self.maxTokensFallback = maxTokensFallback
        self.parameters = Self.read(parameters)
    }

    /// Parameters are in OpenAI's words, or those that the vendor alone has.
    static func read(_ parameters: JSONObject) -> Result<Conversation, TranslationError> {
        do throws(TranslationError) {
            return .success(try OpenAIChat.parameters(parameters))
        } catch {
            return .failure(error.inside("the variant's parameters"))
        }
    }

    /// The provider's body for a request.
    /// - Throws: 400 that names what cannot be translated.
    func body(_ request: CallerRequest) throws(OpenAIError) -> [UInt8] {
        let prompt = try variant.compiledPrompt.map { prompt throws(OpenAIError) in try PromptTurns(prompt, request) }
        do throws(TranslationError) {
            var conversation = try caller.conversation(try Self.tree(request.bytes))
            conversation.model = variant.providerModel
            prompt?.put(around: &conversation)
            conversation.overlay(try parameters.get())
            conversation.maxTokensFallback = maxTokensFallback
            conversation.returnsReasoning = returnsReasoning
            if let user = conversation.user, !provider.takesUser(user) {
                conversation.user = EndUserName.digest(of: user)
            }
            var body = try provider.request(conversation)
            try adapt(&body, conversation)
            return JSONValue.object(body).encoded()
        } catch {
            throw OpenAIError(error)
        }
    }

    static func tree(_ bytes: [UInt8]) throws(TranslationError) -> JSONObject {
        do throws(JSONError) {
            if let object = try JSONValue(parsing: bytes, depthMax: 512).objectValue { return object }
        } catch {
            throw .malformed("", "the body is not valid at byte \(error.offset): \(error.reason)")
        }
        throw .malformed("", "the body is no JSON object")
    }

    /// What the kind calls otherwise than its wire, or refuses.
    private func adapt(_ body: inout JSONObject, _ conversation: Conversation) throws(TranslationError) {
        // Models that cannot do without reasoning refuse it. What a variant says by that name stands.
        if !takesNoEffort, conversation.reasoning.effort == nil, body["reasoning_effort"] == "none" {
            body.removeValue(forKey: "reasoning_effort")
        }
        for name in refused where body.contains(name) {
            throw .untranslatable(name, "providers of the kind \(kind) refuse \(name)")
        }
        for rename in renames {
            if let value = body.removeValue(forKey: rename.from) { body[rename.to] = value }
        }
        if streamUsage == .givenUnasked { body.removeValue(forKey: "stream_options") }
    }

    func fault(status: Int, _ body: [UInt8]) -> Fault { provider.fault(status: status, body) }

    func error(_ fault: Fault, requestID: String) -> [UInt8] { caller.error(fault, requestID: requestID) }

    /// A whole answer in the caller's words; the provider's bytes where the caller's wire has no words for it.
    /// - Returns: nil for what is no answer of the provider's wire.
    func answer(_ bytes: [UInt8], _ context: ReplyContext) -> PlainAnswer? {
        guard let object = (try? JSONValue(parsing: bytes, duplicateKeys: .lastWins))?.objectValue else { return nil }
        do throws(TranslationError) {
            var reply = try provider.reply(object)
            if isReasoningApart { reply.usage?.includeReasoning() }
            let written = try? caller.answer(reply, context)
            return PlainAnswer(
                bytes: written ?? bytes, isSayable: written != nil,
                tokens: reply.usage.map { Outcome.Tokens($0) },
                finishReason: caller.word(for: reply.stop), text: reply.text)
        } catch {
            guard error.kind == .untranslatable else { return nil }
            var usage = provider.usage(of: object)
            if isReasoningApart { usage?.includeReasoning() }
            return PlainAnswer(
                bytes: bytes, isSayable: false, tokens: usage.map { Outcome.Tokens($0) }, finishReason: nil, text: "")
        }
    }
}

extension OpenAIError {
    /// A 400 that names the field.
    convenience init(_ error: TranslationError) {
        self.init(
            status: 400, message: error.field.isEmpty ? error.reason : "\(error.field): \(error.reason)",
            param: error.field.isEmpty ? nil : error.field,
            code: error.kind == .malformed ? "invalid_value" : "untranslatable")
    }
}
