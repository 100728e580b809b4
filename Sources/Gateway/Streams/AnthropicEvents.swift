import Domain
import HTTP
import JSON
import Translation

/// Typed events of Anthropic's wire, passed on byte for byte (docs/en/build-with-claude/streaming): `message_stop` is
/// the end, `error` a failure, and `ping` no answer.
struct AnthropicEvents: StreamReading {
    private static let plan = PathPlan([
        ["type"], ["error"], ["delta", "stop_reason"],
        ["message", "usage", "input_tokens"], ["message", "usage", "cache_read_input_tokens"],
        ["message", "usage", "cache_creation_input_tokens"],
        ["message", "usage", "cache_creation", "ephemeral_1h_input_tokens"],
        ["usage", "input_tokens"], ["usage", "cache_read_input_tokens"], ["usage", "cache_creation_input_tokens"],
        ["usage", "cache_creation", "ephemeral_1h_input_tokens"], ["usage", "output_tokens"],
        ["delta", "text"], ["delta", "thinking"], ["delta", "partial_json"],
    ])
    /// Numbers of the first of the counts in the plan. The output that `message_start` tells is none yet: 1, as a rule.
    private static let ofMessage = 3..<7
    private static let ofDelta = 7..<12
    /// What a delta may say.
    private static let said = 12..<15

    /// Input, read from a cache, written to it, of that for an hour, and output.
    private var counts: InlineArray<5, Int64> = [-1, 0, 0, 0, -1]
    private(set) var finishReason: String?
    private(set) var hasToken = false
    private(set) var saidBytes = 0

    /// Input is all of it, as everywhere: Anthropic counts apart what a cache knew.
    var tokens: Outcome.Tokens? {
        guard counts[4] >= 0, var tokens = inputTokens else { return nil }
        tokens.output = counts[4]
        return tokens
    }

    var inputTokens: Outcome.Tokens? {
        guard counts[0] >= 0 else { return nil }
        var tokens = Outcome.Tokens(
            input: counts[0] + counts[1] + counts[2], output: 0, cached: counts[1], cacheWritten: counts[2])
        tokens.cacheWrittenLong = counts[3]
        return tokens
    }

    mutating func read(_ event: ServerSentEvent) -> StreamFate {
        let data = event.data
        if data.isEmpty { return .keepAlive(event.raw) }
        guard let scan = try? PathScan(data, Self.plan), let type = scan[0], type.kind == .string else {
            return .garbage
        }
        if type.string(in: data, equals: "content_block_delta") {
            hasToken = true
            for index in Self.said { if let text = scan[index] { saidBytes += max(0, text.value.count - 2) } }
            return .forward(event.raw)
        }
        if type.string(in: data, equals: "ping") { return .keepAlive(event.raw) }
        if type.string(in: data, equals: "error") {
            // Without a status of its own: the server's failure, as far as anybody can tell.
            return .failure(event.raw, code: AnthropicMessages.fault(status: 500, data).kind.status)
        }
        if type.string(in: data, equals: "message_stop") { return .end(event.raw) }
        if type.string(in: data, equals: "message_start") { count(scan, Self.ofMessage, data) }
        if type.string(in: data, equals: "message_delta") {
            count(scan, Self.ofDelta, data)
            if let reason = scan[2], reason.kind == .string { finishReason = reason.string(in: data) }
        }
        return .forward(event.raw)
    }

    /// Counts are totals; one that is left out still holds.
    private mutating func count(_ scan: PathScan, _ paths: Range<Int>, _ data: [UInt8]) {
        for (index, path) in paths.enumerated() {
            if let value = scan[path]?.integer(in: data), value >= 0, value < Usage.tokensMax {
                counts[index] = value
            }
        }
    }
}
