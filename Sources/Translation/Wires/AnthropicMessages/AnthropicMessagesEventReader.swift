import JSON

/// Reads typed events (docs/en/build-with-claude/streaming): a type that is not known is passed over, as the page
/// wants, and so is `ping`. Events that stand where the page has none are malformed.
struct AnthropicMessagesEventReader: ReplyEventReader {
    private enum Phase { case before, within, finished }

    private var phase = Phase.before
    private var counts = AnthropicMessages.Counts()
    /// The blocks that are open, by the provider's numbers.
    private var open: [(block: Int, part: Int)] = []
    private var partCount = 0
    /// Of all thinking with its signatures, which whoever writes it may have to hold.
    private var thoughtBytes = 0

    /// No answer has so many at once.
    private static let openMax = 1_024
    /// As much as a plain answer may have as a whole.
    private static let thoughtBytesMax = 16 << 20

    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent] {
        guard let value = try? JSONValue(parsing: event.data), case .object(let object) = value else {
            throw .malformed("", "an event is no JSON object")
        }
        switch object["type"]?.stringValue {
        case "message_start": return try start(object)
        case "content_block_start":
            try expect(.within)
            return try begin(object)
        case "content_block_delta":
            try expect(.within)
            return try delta(object)
        case "content_block_stop":
            guard let place = place(of: object) else { throw Self.noBlock }
            return [.partEnd(open.remove(at: place).part)]
        case "message_delta": return try change(object)
        case "message_stop":
            try expect(.finished)
            return [.end]
        case "error": return [.failure(AnthropicMessages.fault(.server, value) ?? Fault(.server, value.text))]
        default: return []
        }
    }

    /// Its mark is `message_stop`.
    mutating func closed() -> [ReplyEvent] { [] }

    private static let noBlock = TranslationError.malformed("index", "is that of no open block")

    private func expect(_ phase: Phase) throws(TranslationError) {
        guard self.phase == phase else { throw .malformed("type", "an event of this type cannot stand here") }
    }

    /// The output that it tells is no count yet: 1, or what there is of a prefix.
    private mutating func start(_ event: JSONObject) throws(TranslationError) -> [ReplyEvent] {
        try expect(.before)
        phase = .within
        let message = event["message"]
        if let usage = message?["usage"] { AnthropicMessages.merge(usage, into: &counts) }
        counts.output = nil
        let start = ReplyEvent.start(
            id: message?["id"]?.stringValue ?? "", model: message?["model"]?.stringValue ?? "")
        return [start] + (counts.inputUsage.map { [.input($0)] } ?? [])
    }

    /// There may be several: the first reason holds, and the last counts.
    private mutating func change(_ event: JSONObject) throws(TranslationError) -> [ReplyEvent] {
        if phase == .before { try expect(.within) }
        if let usage = event["usage"] { AnthropicMessages.merge(usage, into: &counts) }
        let usage: [ReplyEvent] = counts.usage.map { [.usage($0)] } ?? []
        guard phase == .within, let delta = event["delta"], let word = delta["stop_reason"]?.stringValue else {
            return usage
        }
        phase = .finished
        let ends = open.map { ReplyEvent.partEnd($0.part) }
        open.removeAll()
        let reason = AnthropicMessages.stopReason(word, sequence: delta["stop_sequence"]?.stringValue)
        return ends + [.finish(reason)] + usage
    }

    private func place(of event: JSONObject) -> Int? {
        let block = event["index"]?.intValue
        return open.lastIndex { $0.block == block }
    }

    private mutating func begin(_ event: JSONObject) throws(TranslationError) -> [ReplyEvent] {
        guard let number = event["index"]?.intValue, let block = event["content_block"]?.objectValue else {
            throw .malformed("content_block", "must be an object")
        }
        guard open.count < Self.openMax, place(of: event) == nil else {
            throw .malformed("index", "is that of an open block, or of one too many")
        }
        let part = partCount
        var events: [ReplyEvent]
        switch block["type"]?.stringValue {
        case "text":
            events = [.partStart(part, .text)]
            if let text = block["text"]?.stringValue, !text.isEmpty { events.append(.textDelta(part, text)) }
        case "thinking":
            events = [.partStart(part, .reasoning(sealed: nil))]
            if let text = block["thinking"]?.stringValue, !text.isEmpty {
                try think(text)
                events.append(.reasoningDelta(part, text))
            }
        case "redacted_thinking":
            events = [.partStart(part, .reasoning(sealed: block["data"]?.stringValue ?? ""))]
        case "tool_use":
            let id = try block.text("id")
            events = [.partStart(part, .toolCall(id: id, name: try block.text("name")))]
        default: throw .untranslatable("content_block.type", "a block of this type is Anthropic's alone")
        }
        partCount += 1
        open.append((number, part))
        return events
    }

    private mutating func delta(_ event: JSONObject) throws(TranslationError) -> [ReplyEvent] {
        guard let place = place(of: event) else { throw Self.noBlock }
        let part = open[place].part
        guard let delta = event["delta"]?.objectValue else { throw .malformed("delta", "must be an object") }
        switch delta["type"]?.stringValue {
        case "text_delta": return [.textDelta(part, try delta.text("text"))]
        case "input_json_delta":
            let piece = try delta.text("partial_json")
            return piece.isEmpty ? [] : [.argumentsDelta(part, piece)]
        case "thinking_delta":
            let text = try delta.text("thinking")
            try think(text)
            return [.reasoningDelta(part, text)]
        case "signature_delta":
            let text = try delta.text("signature")
            try think(text)
            return [.signatureDelta(part, text)]
        default: return []
        }
    }

    private mutating func think(_ text: String) throws(TranslationError) {
        thoughtBytes += text.utf8.count
        guard thoughtBytes <= Self.thoughtBytesMax else { throw .malformed("thinking", "is too long") }
    }
}
