import JSON

/// Reads typed events (docs/en/build-with-claude/streaming): a type that is not known is passed over, as the page
/// wants, and so is `ping`.
struct AnthropicMessagesEventReader: ReplyEventReader {
    private var counts = AnthropicMessages.Counts()
    /// The blocks that are open, by the provider's numbers.
    private var open: [(block: Int, part: Int)] = []
    private var partCount = 0

    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent] {
        guard let value = try? JSONValue(parsing: event.data), case .object(let object) = value else {
            throw .malformed("", "an event is no JSON object")
        }
        switch object["type"]?.stringValue {
        case "message_start":
            let message = object["message"]
            if let usage = message?["usage"] { AnthropicMessages.merge(usage, into: &counts) }
            let start = ReplyEvent.start(
                id: message?["id"]?.stringValue ?? "", model: message?["model"]?.stringValue ?? "")
            return [start] + usage()
        case "content_block_start": return try begin(object)
        case "content_block_delta": return try delta(object)
        case "content_block_stop":
            guard let place = place(of: object) else { throw Self.noBlock }
            return [.partEnd(open.remove(at: place).part)]
        case "message_delta":
            if let usage = object["usage"] { AnthropicMessages.merge(usage, into: &counts) }
            guard let delta = object["delta"], let word = delta["stop_reason"]?.stringValue else { return usage() }
            let reason = AnthropicMessages.stopReason(word, sequence: delta["stop_sequence"]?.stringValue)
            return [.finish(reason)] + usage()
        case "message_stop": return [.end]
        case "error": return [.failure(AnthropicMessages.fault(.server, value) ?? Fault(.server, value.text))]
        default: return []
        }
    }

    /// Its mark is `message_stop`.
    mutating func closed() -> [ReplyEvent] { [] }

    private static let noBlock = TranslationError.malformed("index", "is that of no open block")

    private func usage() -> [ReplyEvent] { counts.usage.map { [.usage($0)] } ?? [] }

    private func place(of event: JSONObject) -> Int? {
        let block = event["index"]?.intValue
        return open.firstIndex { $0.block == block }
    }

    private mutating func begin(_ event: JSONObject) throws(TranslationError) -> [ReplyEvent] {
        guard let number = event["index"]?.intValue, let block = event["content_block"]?.objectValue else {
            throw .malformed("content_block", "must be an object")
        }
        let part = partCount
        var events: [ReplyEvent]
        switch block["type"]?.stringValue {
        case "text":
            events = [.partStart(part, .text)]
            if let text = block["text"]?.stringValue, !text.isEmpty { events.append(.textDelta(part, text)) }
        case "thinking":
            events = [.partStart(part, .reasoning(sealed: nil))]
            if let text = block["thinking"]?.stringValue, !text.isEmpty { events.append(.reasoningDelta(part, text)) }
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

    private func delta(_ event: JSONObject) throws(TranslationError) -> [ReplyEvent] {
        guard let place = place(of: event) else { throw Self.noBlock }
        let part = open[place].part
        guard let delta = event["delta"]?.objectValue else { throw .malformed("delta", "must be an object") }
        switch delta["type"]?.stringValue {
        case "text_delta": return [.textDelta(part, try delta.text("text"))]
        case "input_json_delta":
            let piece = try delta.text("partial_json")
            return piece.isEmpty ? [] : [.argumentsDelta(part, piece)]
        case "thinking_delta": return [.reasoningDelta(part, try delta.text("thinking"))]
        case "signature_delta": return [.signatureDelta(part, try delta.text("signature"))]
        default: return []
        }
    }
}
