import JSON

/// What is looked for in the answers of one surface by one kind of provider, plain and streamed: made once with a
/// variant's plan.
final class AnswerReading: Sendable {
    /// For whole answers.
    let plain: PathPlan
    /// Numbers of paths in `plain`; -1 for what there is not.
    let finishReason: Int
    let content: Int
    let usage: Usage
    /// For events.
    let stream: PathPlan
    /// Numbers of paths in `stream`.
    let tokens: Range<Int>
    let streamUsage: Usage
    /// The number of `type`; -1 where no type is the last.
    let type: Int
    /// The number of the last event's own reason for its end; -1 where there is none.
    let lastReason: Int
    /// Whether `[DONE]` is an end: some send it after transcripts whose events have no types.
    let endsByMark: Bool
    private let lastTypes: [StaticString]
    private let failedTypes: [StaticString]

    /// The number of the first path in `plain` and in `stream`.
    static let error = 0
    /// Numbers of the next ones in `stream`.
    static let choices = 1
    static let firstChoice = 2
    static let streamFinishReason = 3

    init(_ shape: AnswerShape) {
        var paths: [[StaticString]] = [["error"]]
        func place(_ path: [StaticString]?) -> Int {
            guard let path else { return -1 }
            paths.append(path)
            return paths.count - 1
        }
        finishReason = place(shape.finishReason)
        content = place(shape.content)
        usage = Usage(shape, addingTo: &paths)
        plain = PathPlan(paths)
        var events: [[StaticString]] = [
            ["error"], ["choices"], ["choices", "0"], ["choices", "0", "finish_reason"],
        ]
        tokens = events.count..<events.count + shape.tokens.count
        events += shape.tokens
        lastTypes = shape.lastTypes
        type = lastTypes.isEmpty ? -1 : events.count
        if !lastTypes.isEmpty { events.append(["type"]) }
        failedTypes = shape.failedTypes
        endsByMark = shape.within.isEmpty
        lastReason = shape.within.isEmpty || shape.finishReason == nil ? -1 : events.count
        if lastReason >= 0 { events.append(shape.within + (shape.finishReason ?? [])) }
        streamUsage = Usage(shape, within: shape.within, addingTo: &events)
        stream = PathPlan(events)
    }

    /// Whether an event of this type is the last.
    func isLast(_ type: FieldScan.Field, in data: [UInt8]) -> Bool {
        lastTypes.contains { type.string(in: data, equals: $0) }
    }

    /// Whether an event of this type carries sound
    /// (developers.openai.com/api/reference/resources/audio and /responses, read 2026-11).
    func isSound(_ type: FieldScan.Field, in data: [UInt8]) -> Bool {
        Self.soundTypes.contains { type.string(in: data, equals: $0) }
    }

    private static let soundTypes: [StaticString] = [
        "speech.audio.delta", "response.audio.delta", "response.output_audio.delta",
    ]

    /// Whether an event of this type says that there will be no answer.
    func isFailure(_ type: FieldScan.Field, in data: [UInt8]) -> Bool {
        failedTypes.contains { type.string(in: data, equals: $0) }
    }
}
