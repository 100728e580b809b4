import Domain
import JSON
import Redaction

/// A streamed completion, of a chat or of text, as it would have been without streaming. What is sensitive in it
/// arrives in shreds, one to an event, and could not be found in them.
struct StreamedAnswer {
    private var id: JSONValue = .null
    private var model: JSONValue = .null
    private var choices: [(index: Int, message: StreamedPart, finishReason: JSONValue)] = []
    /// Whether choices come as `text` rather than as deltas of a message.
    private var isText = false
    /// Whether something is missing at the end: for want of room, or because it broke off.
    private(set) var isCut: Bool

    /// More than anybody asks for.
    private static let choicesMax = 128
    /// The end of an answer that was cut off may be the beginning of something sensitive: so much of it is left out.
    private static let tailBytes = 64

    /// - Parameter excerpt: of the form `events`.
    init(_ excerpt: BodyExcerpt) {
        isCut = excerpt.isCut
        for data in excerpt.bytes.split(separator: BodyExcerpt.separator) {
            if let event = try? JSONValue(parsing: Array(data)) { add(event) }
        }
    }

    private mutating func add(_ event: JSONValue) {
        if id == .null { id = event["id"] ?? .null }
        if model == .null { model = event["model"] ?? .null }
        for choice in event["choices"]?.arrayValue ?? [] {
            guard let place = place(of: choice["index"]?.intValue ?? 0) else { continue }
            if let delta = choice["delta"] { choices[place].message.add(delta) }
            if let text = choice["text"]?.stringValue {
                isText = true
                choices[place].message.add(.string(text))
            }
            if let reason = choice["finish_reason"], reason != .null { choices[place].finishReason = reason }
        }
    }

    private mutating func place(of index: Int) -> Int? {
        if let known = choices.firstIndex(where: { $0.index == index }) { return known }
        guard choices.count < Self.choicesMax else { return nil }
        choices.append((index, StreamedPart(), .null))
        return choices.count - 1
    }

    /// What was replaced so far: in an answer that was cut off, since leaving out its end may cut as well.
    private(set) var redacted: [SensitiveKind: Int] = [:]

    private mutating func withoutTail(_ text: String) -> String {
        let clean = RedactedBytes(Array(text.utf8), keeping: text.utf8.count - Self.tailBytes)
        redacted.merge(clean.counts, uniquingKeysWith: +)
        return String(decoding: clean.bytes, as: UTF8.self)
    }

    /// JSON in the form of a plain completion. To be called once.
    mutating func encoded() -> [UInt8] {
        let isExcerpt = isCut
        var all: [JSONValue] = []
        for choice in choices.sorted(by: { $0.index < $1.index }) {
            // A caller who stops reading, or a limit of tokens, ends a text anywhere as well.
            let isOpen = isExcerpt || choice.finishReason == .null || choice.finishReason == "length"
            isCut = isCut || isOpen
            all.append([
                "index": JSONValue(choice.index),
                isText ? "text" : "message": choice.message.value { isOpen ? withoutTail($0) : $0 },
                "finish_reason": choice.finishReason,
            ])
        }
        let answer: JSONValue = [
            "id": id, "object": isText ? "text_completion" : "chat.completion", "model": model, "choices": .array(all),
        ]
        return answer.encoded()
    }
}
