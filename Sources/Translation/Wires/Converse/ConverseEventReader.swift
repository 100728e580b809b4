import JSON

extension Converse {
    package static func eventReader() -> any ReplyEventReader { ConverseEventReader() }
}

/// Reads the frames of ConverseStream by their type. `messageStop` and then `metadata`, with the usage, mark the end;
/// without the latter the connection's end does.
struct ConverseEventReader: ReplyEventReader {
    /// The wire's number of the block that is open, and whether it has begun for us: text and reasoning are not
    /// announced.
    private var block: (index: Int, isBegun: Bool)?
    /// Of the next part.
    private var number = 0
    private var isStarted = false
    private var isFinished = false
    private var isEnded = false

    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent] {
        guard let name = event.name else { throw .malformed(":event-type", "is missing") }
        guard let value = try? JSONValue(parsing: event.data), value.objectValue != nil else {
            throw .malformed(name, "must be an object")
        }
        var events: [ReplyEvent] = []
        switch name {
        case "messageStart": start(&events)
        case "contentBlockStart":
            start(&events)
            try open(value, &events)
        case "contentBlockDelta":
            start(&events)
            try read(delta: value, &events)
        case "contentBlockStop": close(&events)
        case "messageStop":
            start(&events)
            close(&events)
            let word = value["stopReason"]?.stringValue
            if let word, Converse.failures.contains(word) {
                return [.failure(Fault(.server, "the model's answer is malformed (\(word))", code: word))]
            }
            isFinished = true
            events.append(.finish(Converse.stopReason(word)))
        case "metadata":
            start(&events)
            if let usage = Converse.usage(value["usage"]) { events.append(.usage(usage)) }
            if isFinished {
                isEnded = true
                events.append(.end)
            }
        default:
            // Types of events to come are passed over, as the SDKs do; exceptions are not.
            guard name.hasSuffix("Exception") else { return [] }
            events.append(.failure(Converse.fault(exception: name, value["message"]?.stringValue)))
        }
        return events
    }

    mutating func closed() -> [ReplyEvent] { isFinished && !isEnded ? [.end] : [] }

    private mutating func start(_ events: inout [ReplyEvent]) {
        guard !isStarted else { return }
        isStarted = true
        events.append(.start(id: "", model: ""))
    }

    private mutating func open(_ value: JSONValue, _ events: inout [ReplyEvent]) throws(TranslationError) {
        close(&events)
        let index = value["contentBlockIndex"]?.intValue ?? 0
        guard let start = value["start"], let object = start.objectValue, !object.isEmpty else {
            block = (index, false)
            return
        }
        guard let use = start["toolUse"], let id = use["toolUseId"]?.stringValue, let tool = use["name"]?.stringValue
        else {
            throw .untranslatable("contentBlockStart.start", "an answer of this kind has no counterpart elsewhere")
        }
        begin(index, .toolCall(id: id, name: tool), &events)
    }

    private mutating func read(delta value: JSONValue, _ events: inout [ReplyEvent]) throws(TranslationError) {
        let index = value["contentBlockIndex"]?.intValue ?? 0
        if let block, block.index != index { close(&events) }
        let delta = value["delta"]
        if let text = delta?["text"]?.stringValue {
            if block?.isBegun != true { begin(index, .text, &events) }
            events.append(.textDelta(number - 1, text))
        } else if let input = delta?["toolUse"]?["input"]?.stringValue {
            guard block?.isBegun == true else {
                throw .malformed("contentBlockDelta.delta.toolUse", "must stand behind its start")
            }
            events.append(.argumentsDelta(number - 1, input))
        } else if let thought = delta?["reasoningContent"] {
            let sealed = thought["redactedContent"]?.stringValue
            if block?.isBegun != true { begin(index, .reasoning(sealed: sealed), &events) }
            if let text = thought["text"]?.stringValue { events.append(.reasoningDelta(number - 1, text)) }
            if let signature = thought["signature"]?.stringValue {
                events.append(.signatureDelta(number - 1, signature))
            }
        } else if delta?["citation"] == nil {
            throw .untranslatable("contentBlockDelta.delta", "an answer of this kind has no counterpart elsewhere")
        }
    }

    private mutating func begin(_ index: Int, _ opening: ReplyEvent.Opening, _ events: inout [ReplyEvent]) {
        block = (index, true)
        events.append(.partStart(number, opening))
        number += 1
    }

    private mutating func close(_ events: inout [ReplyEvent]) {
        guard let open = block else { return }
        block = nil
        if open.isBegun { events.append(.partEnd(number - 1)) }
    }
}
