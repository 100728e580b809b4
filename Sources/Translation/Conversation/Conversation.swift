package import JSON

/// What a caller asks of a model, in nobody's format: read from the caller's wire, written to the provider's.
///
/// Rules for readers and writers of wires:
/// - A reader puts every member of the request into a field here, into `vendor`, or throws. It leaves nothing out but
///   what its own documentation comment lists.
/// - A writer writes every field that is set, or throws `unsupported(_:by:)`. What it leaves out or changes its
///   documentation comment lists, with the vendor's page as the source.
/// - A field that is nil was not sent; writers then send nothing, so that the vendor's own default holds. Where the
///   vendor wants a value (`max_tokens` of Anthropic) the writer declares the one that it sends.
package struct Conversation: Sendable, Equatable {
    /// The provider's id of the model, put there by whoever sends the request; as the caller wrote it until then.
    package var model: String
    /// What stands before all turns: text parts, in order. OpenAI's leading `system` and `developer` messages.
    package var system: [Part] = []
    /// In order. Results of tools stand in messages of the user. Neighbours may have the same role (see `turns`).
    package var messages: [Message]
    package var tools: [Tool] = []
    /// nil lets the vendor's default hold: the model decides, where there are tools.
    package var toolChoice: ToolChoice?
    /// Whether an answer may call several tools at once.
    package var allowsParallelToolCalls: Bool?
    package var outputFormat: OutputFormat?
    package var sampling = Sampling()
    /// Of the answer, reasoning included; in tokens.
    package var maxTokens: Int?
    /// Whether the provider wants back what was thought before tools were called, on a wire that by its own
    /// documentation has no member for it; put there by whoever sends the request.
    package var returnsReasoning = false
    /// What a writer sends where its wire wants a limit and nobody set one, put there by whoever sends the request; nil
    /// for the wire's own.
    package var maxTokensFallback: Int?
    /// Texts that end the answer where they would stand in it.
    package var stop: [String] = []
    package var reasoning = ReasoningControl()
    package var isStream = false
    /// Whether a caller of OpenAI's wire wants the chunk of usage in its stream. Other wires always tell usage.
    package var wantsStreamUsage = false
    /// The vendor's name for the end user: OpenAI's `safety_identifier` or `user`, Anthropic's `metadata.user_id`.
    package var user: String?
    package var serviceTier: ServiceTier?
    /// Members of the caller's body that have no field here, by their names there. A writer passes on those that its
    /// own wire documents under that name, and throws `unsupported(member:by:)` for the first of the others.
    package var vendor: JSONObject = [:]
    /// What the caller's wire calls the features, where not as OpenAI does: for errors.
    package var fieldNames: [Feature: String] = [:]

    package init(model: String, messages: [Message] = []) {
        self.model = model
        self.messages = messages
    }

    /// What the caller called it plays no part.
    package static func == (left: Conversation, right: Conversation) -> Bool {
        left.model == right.model && left.system == right.system && left.messages == right.messages
            && left.tools == right.tools && left.toolChoice == right.toolChoice
            && left.allowsParallelToolCalls == right.allowsParallelToolCalls
            && left.outputFormat == right.outputFormat && left.sampling == right.sampling
            && left.maxTokens == right.maxTokens && left.stop == right.stop && left.reasoning == right.reasoning
            && left.isStream == right.isStream && left.wantsStreamUsage == right.wantsStreamUsage
            && left.user == right.user && left.serviceTier == right.serviceTier && left.vendor == right.vendor
    }
}

package extension Conversation {
    /// The messages with neighbours of one role put together, for wires where roles must alternate.
    var turns: [Message] {
        var turns: [Message] = []
        for message in messages {
            guard let last = turns.last, last.role == message.role, last.name == message.name else {
                turns.append(message)
                continue
            }
            turns[turns.count - 1].parts += message.parts
        }
        return turns
    }

    /// - Parameter wire: the provider's, as a reader of the error knows it: "Anthropic's messages".
    func unsupported(_ feature: Feature, by wire: String) -> TranslationError {
        let name = fieldNames[feature] ?? feature.rawValue
        return .untranslatable(name, "\(name) has no counterpart in \(wire)")
    }

    /// For a member of `vendor`.
    func unsupported(member name: String, by wire: String) -> TranslationError {
        .untranslatable(name, "\(name) has no counterpart in \(wire)")
    }
}
