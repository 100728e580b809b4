import HTTP
import Translation

/// How streamed answers are read: one declaration for each grammar, which names how bytes are cut into events and who
/// reads these. Made with a variant's plan; each stream makes its own of both.
struct StreamGrammar: Sendable {
    /// What a stream needs to know of its request.
    typealias Context = ReplyContext

    let framing: @Sendable () -> any StreamFraming
    let reading: @Sendable (Context) -> any StreamReading

    /// - Parameter framing: `text/event-stream` when left out.
    init(
        framing: @escaping @Sendable () -> any StreamFraming = { EventStreamParser() },
        reading: @escaping @Sendable (Context) -> any StreamReading
    ) {
        self.framing = framing
        self.reading = reading
    }

    /// Chunks up to `[DONE]`.
    static func openAI(_ reading: AnswerReading) -> StreamGrammar {
        StreamGrammar { OpenAIEvents(wantsUsage: $0.wantsStreamUsage, reading) }
    }

    /// Typed events up to `message_stop`.
    static let anthropic = StreamGrammar { _ in AnthropicEvents() }

    /// From the provider's wire to the caller's.
    /// - Parameter isReasoningApart: as `WireKind` has it.
    static func translated(
        from provider: any ProviderWire.Type, to caller: any CallerWire.Type, isReasoningApart: Bool,
        framing: @escaping @Sendable () -> any StreamFraming
    ) -> StreamGrammar {
        StreamGrammar(framing: framing) { context in
            TranslatedEvents(from: provider, to: caller, context, isReasoningApart: isReasoningApart)
        }
    }
}
