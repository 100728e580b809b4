import JSON

/// Reads chunks (`chat.completion.chunk`); of several choices the first.
struct OpenAIChatEventReader: ReplyEventReader {
    private enum Open: Equatable { case text, reasoning, refusal, call(Int) }

    private var hasStarted = false
    private var partCount = 0
    /// The part that is being written, and what it is.
    private var open: Open?
    /// How many calls have begun, and the provider's number of the last.
    private var callCount = 0

    private static let end = Array("[DONE]".utf8)

    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent] {
        if event.data.elementsEqual(Self.end) { return closing() + [.end] }
        guard let value = try? JSONValue(parsing: event.data), let chunk = value.objectValue else {
            throw .malformed("", "an event is no JSON object")
        }
        if let error = chunk.given("error") {
            return [.failure(OpenAIChat.fault(.server, value) ?? Fault(.server, error.text))]
        }
        var events: [ReplyEvent] = []
        if !hasStarted {
            hasStarted = true
            events.append(.start(id: chunk["id"]?.stringValue ?? "", model: chunk["model"]?.stringValue ?? ""))
        }
        if let choice = chunk["choices"]?.arrayValue?.first(where: { ($0["index"]?.intValue ?? 0) == 0 }) {
            if let delta = choice["delta"]?.objectValue { try read(delta, &events) }
            if let word = choice["finish_reason"]?.stringValue {
                events += closing()
                events.append(.finish(OpenAIChat.stopReason(word, callsTools: callCount > 0)))
            }
        }
        if let usage = chunk.given("usage").flatMap(OpenAIChat.usage) { events.append(.usage(usage)) }
        return events
    }

    /// Its mark is `[DONE]`.
    mutating func closed() -> [ReplyEvent] { [] }

    private mutating func read(_ delta: JSONObject, _ events: inout [ReplyEvent]) throws(TranslationError) {
        if let text = (delta["reasoning_content"] ?? delta["reasoning"])?.stringValue, !text.isEmpty {
            begin(.reasoning, .reasoning(sealed: nil), &events)
            events.append(.reasoningDelta(partCount - 1, text))
        }
        if let text = delta["content"]?.stringValue, !text.isEmpty {
            begin(.text, .text, &events)
            events.append(.textDelta(partCount - 1, text))
        }
        if let text = delta["refusal"]?.stringValue, !text.isEmpty {
            begin(.refusal, .refusal, &events)
            events.append(.refusalDelta(partCount - 1, text))
        }
        for (place, call) in (delta["tool_calls"]?.arrayValue ?? []).enumerated() {
            try read(call, place, &events)
        }
    }

    private mutating func read(
        _ call: JSONValue, _ place: Int, _ events: inout [ReplyEvent]
    ) throws(TranslationError) {
        // Some who speak as OpenAI does leave out the number of the only call.
        let number = call["index"]?.intValue ?? place
        if open != .call(number) {
            guard let name = call["function"]?["name"]?.stringValue else {
                throw .malformed("choices[0].delta.tool_calls[\(place)]", "goes on with a call that has ended")
            }
            let id = call["id"]?.stringValue ?? "call_\(callCount)"
            begin(.call(number), .toolCall(id: id, name: name), &events)
            callCount += 1
        }
        if let arguments = call["function"]?["arguments"]?.stringValue, !arguments.isEmpty {
            events.append(.argumentsDelta(partCount - 1, arguments))
        }
    }

    private mutating func begin(_ part: Open, _ opening: ReplyEvent.Opening, _ events: inout [ReplyEvent]) {
        guard open != part else { return }
        events += closing()
        events.append(.partStart(partCount, opening))
        open = part
        partCount += 1
    }

    private mutating func closing() -> [ReplyEvent] {
        guard open != nil else { return [] }
        open = nil
        return [.partEnd(partCount - 1)]
    }
}
