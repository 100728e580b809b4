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

    private static let plan = PathPlan(
        [
            ["error"], ["choices"], ["choices", "0"], ["choices", "0", "finish_reason"],
            ["choices", "0", "delta", "content"], ["choices", "0", "delta", "tool_calls"],
            ["choices", "0", "delta", "reasoning_content"], ["choices", "0", "delta", "refusal"],
        ] + Usage.paths)
    /// Numbers of paths in the plan.
    private static let deltaPaths = 4..<8
    private static let usagePath = 8
    private static let end: [UInt8] = Array("[DONE]".utf8)

    init(wantsUsage: Bool) {
        self.wantsUsage = wantsUsage
    }

    mutating func read(_ event: ServerSentEvent) -> Fate {
        let data = event.data
        if data.isEmpty { return .forward(event.raw) }
        if data.elementsEqual(Self.end) { return .end(event.raw) }
        guard let scan = try? PathScan(data, Self.plan) else { return .garbage }
        if let error = scan[0], error.kind != .null { return .failure(event.raw) }
        if let reason = scan[3], reason.kind == .string { finishReason = reason.string(in: data) }
        if !hasToken { hasToken = Self.carriesToken(scan) }
        guard let usage = scan[Self.usagePath] else { return .forward(event.raw) }
        tokens = Usage.tokens(scan, from: Self.usagePath, in: data) ?? tokens
        if wantsUsage { return .forward(event.raw) }
        // The chunk that only carries usage has `choices`, and nothing in it.
        if usage.kind == .object, scan[1]?.kind == .array, scan[2] == nil { return .drop }
        return .forward(Self.without(usage, event))
    }

    /// The event as it came but for one member of its object.
    private static func without(_ field: FieldScan.Field, _ event: ServerSentEvent) -> [UInt8] {
        let cut = FieldSplice.cut(of: field, in: event.data)
        guard let offset = event.dataOffset else {
            var data = event.data
            data.removeSubrange(cut)
            return encodeServerSentEvent(data: data, event: event.event)
        }
        var raw = event.raw
        raw.removeSubrange(offset + cut.lowerBound..<offset + cut.upperBound)
        return raw
    }

    /// The first delta of most providers holds a role and an empty content.
    private static func carriesToken(_ scan: PathScan) -> Bool {
        deltaPaths.contains { path in
            guard let field = scan[path] else { return false }
            return (field.kind == .string || field.kind == .array) && field.value.count > 2
        }
    }
}
