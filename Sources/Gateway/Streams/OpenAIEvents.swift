import Domain
import HTTP
import JSON

/// The chunks of a streamed completion, of a chat or of text, up to `[DONE]`: passed on as they came but for usage that
/// only we asked for.
struct OpenAIEvents: StreamReading {
    /// Whether the caller asked for usage; otherwise it was asked for by us and is taken out.
    let wantsUsage: Bool
    private let reading: AnswerReading
    private(set) var tokens: Outcome.Tokens?
    private(set) var finishReason: String?
    /// Whether an event carried something of the answer.
    var hasToken: Bool { saidBytes > 0 }
    /// How long all of that is, in bytes.
    private(set) var saidBytes = 0

    private static let end: [UInt8] = Array("[DONE]".utf8)

    init(wantsUsage: Bool, _ reading: AnswerReading) {
        self.wantsUsage = wantsUsage
        self.reading = reading
    }

    mutating func read(_ event: ServerSentEvent) -> StreamFate {
        let data = event.data
        if data.isEmpty { return .forward(event.raw) }
        // Where the last event has a type the mark alone is no end.
        if data.elementsEqual(Self.end) { return reading.endsByMark ? .end(event.raw) : .garbage }
        guard let scan = try? PathScan(data, reading.stream) else { return .garbage }
        if let error = scan[AnswerReading.error], error.kind != .null {
            return .failure(event.raw, code: Self.code(ofFailure: data))
        }
        if let reason = scan[AnswerReading.streamFinishReason], reason.kind == .string {
            finishReason = reason.string(in: data)
        }
        saidBytes += said(scan)
        if reading.type >= 0, let fate = typed(event, scan) { return fate }
        guard let usage = scan[reading.streamUsage.object] else { return .forward(event.raw) }
        tokens = reading.streamUsage.tokens(scan, in: data) ?? tokens
        if wantsUsage { return .forward(event.raw) }
        // The chunk that only carries usage has `choices`, and nothing in it.
        if usage.kind == .object, scan[AnswerReading.choices]?.kind == .array,
            scan[AnswerReading.firstChoice] == nil
        {
            return .drop
        }
        return .forward(Self.without(usage, event))
    }

    /// - Returns: the status that an error object stands for; nil where it has no number.
    private static func code(ofFailure data: [UInt8]) -> Int? {
        let error = (try? JSONValue(parsing: data))?["error"]
        return error?["code"]?.intValue ?? error?["status"]?.intValue
    }

    /// - Returns: nil for an event that is neither the last nor a failure.
    private mutating func typed(_ event: ServerSentEvent, _ scan: PathScan) -> StreamFate? {
        guard let type = scan[reading.type], type.kind == .string else { return nil }
        // Nothing of what it carries could be redacted, nor is there usage in it.
        if reading.isSound(type, in: event.data) { return .forward(event.raw, isStored: false) }
        if reading.isFailure(type, in: event.data) {
            tokens = reading.streamUsage.tokens(scan, in: event.data) ?? tokens
            return .failure(event.raw, code: Self.code(ofFailure: event.data))
        }
        guard reading.isLast(type, in: event.data) else { return nil }
        tokens = reading.streamUsage.tokens(scan, in: event.data)
        if reading.lastReason >= 0, let reason = scan[reading.lastReason], reason.kind == .string {
            finishReason = reason.string(in: event.data)
        }
        return .end(event.raw, isStored: true)
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
    private func said(_ scan: PathScan) -> Int {
        var bytes = 0
        for path in reading.tokens {
            guard let field = scan[path], field.kind == .string || field.kind == .array else { continue }
            // Without its quotes or brackets.
            bytes += field.value.count - 2
        }
        return bytes
    }
}
