import Domain
import JSON
import Redaction

/// A streamed answer, of a chat, of text or of `/v1/responses`, as it would have been without streaming. What
/// is sensitive in it arrives in shreds, one to an event, and could not be found in them.
struct StreamedAnswer {
    private var id: JSONValue = .null
    private var model: JSONValue = .null
    private var choices: [(index: Int, message: StreamedPart, finishReason: JSONValue)] = []
    /// Of typed events, what the last that has it holds of the response: all of it, if it is the end.
    private var response: JSONObject?
    /// Whether choices come as `text` rather than as deltas of a message.
    private var isText = false
    /// Where the events are Anthropic's.
    private var typed: StreamedMessage?
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
        if let whole = event["response"]?.objectValue { return response = whole }
        if typed == nil, choices.isEmpty, StreamedMessage.begins(with: event) { typed = StreamedMessage() }
        guard typed == nil else {
            typed?.add(event)
            return
        }
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

    /// A response that is not complete may end anywhere, in the middle of something sensitive as well.
    private mutating func encoded(_ response: JSONObject) -> [UInt8] {
        guard isCut || response["status"]?.stringValue != "completed" else {
            return JSONValue.object(response).encoded()
        }
        isCut = true
        var response = response
        let items = response["output"]?.arrayValue ?? []
        response["output"] = .array(items.map { withoutTails($0) })
        return JSONValue.object(response).encoded()
    }

    /// Whatever text there is in an item, without its end.
    private mutating func withoutTails(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): return .string(withoutTail(text))
        case .array(let items): return .array(items.map { withoutTails($0) })
        case .object(var members):
            // Types, names and identifiers are short, and nobody's secret.
            for name in ["content", "summary", "text", "arguments", "output", "refusal"] {
                if let member = members[name] { members[name] = withoutTails(member) }
            }
            return .object(members)
        default: return value
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
        if let response { return encoded(response) }
        let isExcerpt = isCut
        if let typed {
            let isOpen = isExcerpt || typed.isOpen
            isCut = isOpen
            return typed.value { isOpen ? withoutTail($0) : $0 }.encoded()
        }
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
