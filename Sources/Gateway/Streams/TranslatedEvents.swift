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

    private func counted(_ event: ReplyEvent) -> ReplyEvent {
        guard isReasoningApart, case .usage(var usage) = event else { return event }
        usage.includeReasoning()
        return .usage(usage)
    }

    private mutating func fate(of events: [ReplyEvent]) -> StreamFate {
        var written: [WireEvent] = []
        var isEnd = false
        for read in events {
            let event = counted(read)
            switch event {
            case .textDelta(_, let text), .reasoningDelta(_, let text), .argumentsDelta(_, let text),
                .refusalDelta(_, let text):
                hasToken = true
                saidBytes += text.utf8.count
            case .partStart(_, .toolCall): hasToken = true
            case .input(let usage): inputTokens = Outcome.Tokens(usage)
            case .usage(let usage): tokens = Outcome.Tokens(usage)
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
    init(_ usage: TokenUsage) {
        self.init(
            input: usage.input, output: usage.output, cached: usage.cacheRead ?? 0,
            cacheWritten: usage.cacheWrite ?? 0, reasoning: usage.reasoning ?? 0)
        cacheWrittenLong = usage.cacheWriteLong ?? 0
    }
}
