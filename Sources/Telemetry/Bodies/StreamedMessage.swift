import JSON

/// A message of Anthropic's wire that came as typed events, as it would have been without streaming.
struct StreamedMessage {
    private var message: JSONObject = [:]
    private var blocks: [(index: Int, block: JSONObject, text: String, arguments: String)] = []
    private var stopReason: JSONValue = .null

    /// More than any answer has; what goes beyond is left out.
    private static let blocksMax = 1_024

    /// Whether a stream whose first event this is has typed events.
    static func begins(with event: JSONValue) -> Bool { event["type"] == "message_start" }

    mutating func add(_ event: JSONValue) {
        switch event["type"]?.stringValue {
        case "message_start":
            for key in ["id", "model"] { message[key] = event["message"]?[key] }
        case "content_block_start":
            guard let index = event["index"]?.intValue, blocks.count < Self.blocksMax,
                let block = event["content_block"]?.objectValue
            else { return }
            let text = (block["text"] ?? block["thinking"])?.stringValue ?? ""
            blocks.append((index, block, text, ""))
        case "content_block_delta":
            guard let index = event["index"]?.intValue, let delta = event["delta"],
                let place = blocks.lastIndex(where: { $0.index == index })
            else { return }
            blocks[place].text += (delta["text"] ?? delta["thinking"])?.stringValue ?? ""
            blocks[place].arguments += delta["partial_json"]?.stringValue ?? ""
            if let signature = delta["signature"] { blocks[place].block["signature"] = signature }
        case "message_delta":
            if let reason = event["delta"]?["stop_reason"] { stopReason = reason }
        default: break
        }
    }

    /// Whether it broke off, or a limit ended it anywhere.
    var isOpen: Bool { stopReason == .null || stopReason == "max_tokens" }

    /// - Parameter ending: what becomes of a text that was put together.
    func value(_ ending: (String) -> String) -> JSONValue {
        let content = blocks.map { _, block, text, arguments -> JSONValue in
            var block = block
            for key in ["text", "thinking"] where block.contains(key) { block[key] = .string(ending(text)) }
            if !arguments.isEmpty {
                // What is no JSON, since it broke off, is kept as the text that it is.
                block["input"] = isOpen ? .string(ending(arguments)) : (try? JSONValue(parsing: arguments)) ?? .null
            }
            return .object(block)
        }
        return [
            "id": message["id"] ?? .null, "type": "message", "role": "assistant", "model": message["model"] ?? .null,
            "content": .array(content), "stop_reason": stopReason,
        ]
    }
}
