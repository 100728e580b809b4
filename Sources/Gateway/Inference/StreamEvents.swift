import Domain
import HTTP
import JSON

/// Reads the events of a streamed completion for the outcome, and says what becomes of each.
struct StreamEvents: Sendable {
    enum Fate: Sendable {
        case forward([UInt8])
        /// Only for our metering.
        case drop
        /// `[DONE]`.
        case end([UInt8])
        /// The provider's own error object within the stream.
        case failure([UInt8])
        /// Not JSON.
        case garbage
    }

    /// Whether the caller asked for usage; otherwise it was asked for by us and is taken out.
    let wantsUsage: Bool
    private(set) var tokens: Outcome.Tokens?
    private(set) var finishReason: String?
    /// Whether an event carried something of the answer.
    private(set) var hasToken = false

    private static let wanted: [StaticString] = ["choices", "usage", "error"]
    private static let wantedChoice: [StaticString] = ["finish_reason", "delta"]
    private static let wantedDelta: [StaticString] = ["content", "tool_calls", "reasoning_content", "refusal"]
    private static let end: [UInt8] = Array("[DONE]".utf8)

    init(wantsUsage: Bool) {
        self.wantsUsage = wantsUsage
    }

    mutating func read(_ event: ServerSentEvent) -> Fate {
        let data = event.data
        if data.isEmpty { return .forward(event.raw) }
        if data.elementsEqual(Self.end) { return .end(event.raw) }
        guard let scan = try? FieldScan(data, wanted: Self.wanted) else { return .garbage }
        if let error = scan[2], error.kind != .null { return .failure(event.raw) }
        let isWithoutChoices = readChoice(scan, data)
        guard let usage = scan[1] else { return .forward(event.raw) }
        if usage.kind == .object { tokens = Usage.tokens(usage, in: data) ?? tokens }
        if wantsUsage { return .forward(event.raw) }
        if usage.kind == .object, isWithoutChoices { return .drop }
        var splice = FieldSplice(data, scan)
        splice.remove(usage)
        return .forward(encodeServerSentEvent(data: splice.spliced()))
    }

    /// - Returns: whether `choices` is there and empty, as in the chunk that only carries usage.
    private mutating func readChoice(_ scan: FieldScan, _ data: [UInt8]) -> Bool {
        guard let choices = scan[0], choices.kind == .array else { return false }
        guard let first = try? FieldScan.firstElement(of: choices, in: data) else { return true }
        guard first.kind == .object, let choice = try? FieldScan(data, within: first.value, wanted: Self.wantedChoice)
        else { return false }
        if let reason = choice[0], reason.kind == .string { finishReason = choice.string(reason, in: data) }
        if !hasToken, let delta = choice[1], delta.kind == .object { hasToken = Self.carriesToken(delta, data) }
        return false
    }

    /// The first delta of most providers holds a role and an empty content.
    private static func carriesToken(_ delta: FieldScan.Field, _ data: [UInt8]) -> Bool {
        guard let scan = try? FieldScan(data, within: delta.value, wanted: wantedDelta) else { return false }
        return wantedDelta.indices.contains { index in
            guard let field = scan[index] else { return false }
            return field.kind == .string ? field.value.count > 2 : field.kind == .array && field.value.count > 2
        }
    }
}
