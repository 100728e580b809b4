import JSON

/// Reads chunks (`chat.completion.chunk`); of several choices the first.
///
/// Calls of tools stay open for as long as more of their arguments may come: to the end, or until these are a whole
/// object and something else begins. By OpenAI's reference `index` tells them apart; Ollama numbers every one 0 and
/// gives each an id (ollama/ollama#15457), so that another id is another call.
struct OpenAIChatEventReader: ReplyEventReader {
    private enum Open: Equatable { case text, reasoning, refusal }

    private var id = ""
    private var hasStarted = false
    private var hasFinished = false
    private var partCount = 0
    /// What is being said, and its part.
    private var open: (kind: Open, part: Int)?
    private var calls: [OpenAIChatCall] = []
    private var callCount = 0
    private var hasRefused = false

    private static let end = Array("[DONE]".utf8)
    /// No answer has so many calls at once.
    private static let callsMax = 1_024

    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent] {
        if event.data.elementsEqual(Self.end) {
            guard hasFinished else { throw .malformed("", "the answer ends without a reason") }
            return closing() + [.end]
        }
        guard let value = try? JSONValue(parsing: event.data), let chunk = value.objectValue else {
            throw .malformed("", "an event is no JSON object")
        }
        if let error = chunk.given("error") {
            return [.failure(OpenAIChat.fault(.server, value) ?? Fault(.server, error.text))]
        }
        var events: [ReplyEvent] = []
        if !hasStarted {
            hasStarted = true
            id = chunk["id"]?.stringValue ?? ""
            events.append(.start(id: id, model: chunk["model"]?.stringValue ?? ""))
        }
        if let choice = chunk["choices"]?.arrayValue?.first(where: { ($0["index"]?.intValue ?? 0) == 0 }) {
            if let delta = choice["delta"]?.objectValue { try read(delta, &events) }
            if let word = choice["finish_reason"]?.stringValue {
                hasFinished = true
                events += closing()
                let reason = OpenAIChat.stopReason(word, callsTools: callCount > 0)
                events.append(.finish(hasRefused && reason == .endOfTurn ? .refusal : reason))
            }
        }
        if let usage = chunk.given("usage").flatMap(OpenAIChat.usage) { events.append(.usage(usage)) }
        return events
    }

    /// Its mark is `[DONE]`.
    mutating func closed() -> [ReplyEvent] { [] }

    private mutating func read(_ delta: JSONObject, _ events: inout [ReplyEvent]) throws(TranslationError) {
        if let text = (delta["reasoning_content"] ?? delta["reasoning"])?.stringValue, !text.isEmpty {
            events.append(.reasoningDelta(begin(.reasoning, .reasoning(sealed: nil), &events), text))
        }
        if let content = delta.given("content") {
            for part in try OpenAIChat.answerParts(content) {
                switch part.content {
                case .text(let text) where !text.isEmpty:
                    events.append(.textDelta(begin(.text, .text, &events), text))
                case .reasoning(let thought) where !thought.text.isEmpty:
                    events.append(
                        .reasoningDelta(begin(.reasoning, .reasoning(sealed: nil), &events), thought.text))
                default: break
                }
            }
        }
        if let text = delta["refusal"]?.stringValue, !text.isEmpty {
            hasRefused = true
            events.append(.refusalDelta(begin(.refusal, .refusal, &events), text))
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
        let id = call["id"]?.stringValue ?? ""
        let name = call["function"]?["name"]?.stringValue ?? ""
        let arguments = call["function"]?["arguments"]?.stringValue ?? ""
        var found = calls.lastIndex { $0.number == number }
        if let index = found, calls[index].isFollowed(byID: id, name: name, arguments: arguments) {
            // Nothing of the number can be the former one's from here on.
            events.append(.partEnd(calls.remove(at: index).part))
            found = nil
        }
        let index: Int
        if let found {
            index = found
        } else {
            if arguments.isEmpty, name.isEmpty { return }
            index = try begin(number, id, name, place, &events)
        }
        guard !arguments.isEmpty else { return }
        calls[index].append(arguments)
        events.append(.argumentsDelta(calls[index].part, arguments))
    }

    private mutating func begin(
        _ number: Int, _ id: String, _ name: String, _ place: Int, _ events: inout [ReplyEvent]
    ) throws(TranslationError) -> Int {
        guard !name.isEmpty else {
            throw .malformed("choices[0].delta.tool_calls[\(place)]", "goes on with a call that has ended")
        }
        events += closing(onlyWhole: true)
        guard calls.count < Self.callsMax else {
            throw .malformed("choices[0].delta.tool_calls[\(place)]", "is one of too many at once")
        }
        let made = id.isEmpty ? ToolCall.madeUpID(callCount, of: self.id) : id
        events.append(.partStart(partCount, .toolCall(id: made, name: name)))
        calls.append(OpenAIChatCall(number: number, part: partCount, id: id))
        partCount += 1
        callCount += 1
        return calls.count - 1
    }

    /// - Returns: the part.
    private mutating func begin(
        _ kind: Open, _ opening: ReplyEvent.Opening, _ events: inout [ReplyEvent]
    ) -> Int {
        if let open, open.kind == kind { return open.part }
        events += closing(onlyWhole: true)
        events.append(.partStart(partCount, opening))
        open = (kind, partCount)
        partCount += 1
        return partCount - 1
    }

    /// - Parameter onlyWhole: whether calls stay open whose arguments are not whole.
    private mutating func closing(onlyWhole: Bool = false) -> [ReplyEvent] {
        var parts = calls.filter { !onlyWhole || $0.isWhole }.map(\.part)
        calls.removeAll { !onlyWhole || $0.isWhole }
        if let open { parts.append(open.part) }
        open = nil
        return parts.sorted().map { .partEnd($0) }
    }
}
