import Domain
import HTTP
import Translation

/// Events of a provider's wire in the words of the caller's.
struct TranslatedEvents: StreamReading {
    private var reader: any ReplyEventReader
    private var writer: any ReplyEventWriter
    private let caller: any CallerWire.Type
    private(set) var tokens: Outcome.Tokens?
    private(set) var inputTokens: Outcome.Tokens?
    private(set) var finishReason: String?
    private(set) var hasToken = false
    private(set) var saidBytes = 0
    private let isReasoningApart: Bool

    /// - Parameter isReasoningApart: as `WireKind` has it.
    init(
        from provider: any ProviderWire.Type, to caller: any CallerWire.Type, _ context: ReplyContext,
        isReasoningApart: Bool
    ) {
        self.isReasoningApart = isReasoningApart
        reader = provider.eventReader()
        writer = caller.eventWriter(context)
        self.caller = caller
    }

    mutating func read(_ event: ServerSentEvent) -> StreamFate {
        do throws(TranslationError) {
            return fate(of: try reader.read(WireEvent(name: event.event, data: event.data)))
        } catch {
            return error.kind == .malformed ? .garbage : .unsayable
        }
    }

    mutating func closed() -> StreamFate {
        let fate = fate(of: reader.closed())
        if case .translated(_, isEnd: true) = fate { return fate }
        return .garbage
    }

    private mutating func fate(of events: [ReplyEvent]) -> StreamFate {
        var written: [WireEvent] = []
        var isEnd = false
        for event in events {
            switch event {
            case .textDelta(_, let text), .reasoningDelta(_, let text), .argumentsDelta(_, let text),
                .refusalDelta(_, let text):
                hasToken = true
                saidBytes += text.utf8.count
            case .partStart(_, .toolCall): hasToken = true
            case .input(let usage): inputTokens = Outcome.Tokens(usage, isReasoningApart: false)
            case .usage(let usage): tokens = Outcome.Tokens(usage, isReasoningApart: isReasoningApart)
            case .finish(let reason): finishReason = caller.word(for: reason)
            case .end: isEnd = true
            case .failure(let fault):
                return .failure(
                    writer.write(event).reduce(into: []) { $0 += $1.encoded }, code: fault.kind.status)
            default: break
            }
            written += writer.write(event)
        }
        return .translated(written, isEnd: isEnd)
    }
}

extension WireEvent {
    /// As a server-sent event.
    var encoded: [UInt8] { encodeServerSentEvent(data: data, event: name) }
}

extension Outcome.Tokens {
    /// - Returns: nil for numbers that are none of tokens.
    init?(_ usage: TokenUsage, isReasoningApart: Bool) {
        let reasoning = usage.reasoning ?? 0
        let (output, overflow) = usage.output.addingReportingOverflow(isReasoningApart ? reasoning : 0)
        guard !overflow else { return nil }
        self.init(
            input: usage.input, output: output, cached: usage.cacheRead ?? 0, cacheWritten: usage.cacheWrite ?? 0,
            reasoning: reasoning)
    }
}
