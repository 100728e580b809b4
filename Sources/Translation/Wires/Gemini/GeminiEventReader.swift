import JSON

extension Gemini {
    package static func eventReader() -> any ReplyEventReader { GeminiEventReader() }
}

/// Reads `streamGenerateContent?alt=sse`: each event is an answer with what is new of it. Nothing marks the end but the
/// connection's, behind a reason to finish.
struct GeminiEventReader: ReplyEventReader {
    private enum Open: Equatable {
        case text, thought
    }

    private var id: String?
    private var open: Open?
    /// Of the next part.
    private var number = 0
    private var callCount = 0
    private var isFinished = false

    mutating func read(_ event: WireEvent) throws(TranslationError) -> [ReplyEvent] {
        guard let value = try? JSONValue(parsing: event.data), value.objectValue != nil else {
            throw .malformed("data", "must be an object")
        }
        if let error = value["error"] { return [.failure(Gemini.fault(error, status: 500))] }
        var events: [ReplyEvent] = []
        if id == nil {
            let given = value["responseId"]?.stringValue ?? ""
            id = given
            events.append(.start(id: given, model: value["modelVersion"]?.stringValue ?? ""))
        }
        let candidate = value["candidates"]?[0]
        for (index, part) in (candidate?["content"]?["parts"]?.arrayValue ?? []).enumerated() {
            read(try Gemini.AnswerPart(part, at: index), into: &events)
        }
        if let usage = Gemini.usage(value["usageMetadata"]) { events.append(.usage(usage)) }
        if let word = candidate?["finishReason"]?.stringValue {
            if Gemini.failures.contains(word) {
                return events + [.failure(Fault(.server, "the model's answer is malformed (\(word))", code: word))]
            }
            finish(Gemini.stopReason(word, callsTools: callCount > 0), &events)
        } else if value["promptFeedback"]?["blockReason"] != nil {
            finish(.refusal, &events)
        }
        return events
    }

    mutating func closed() -> [ReplyEvent] { isFinished ? [.end] : [] }

    private mutating func finish(_ reason: StopReason, _ events: inout [ReplyEvent]) {
        guard !isFinished else { return }
        isFinished = true
        close(&events)
        events.append(.finish(reason))
    }

    private mutating func read(_ part: Gemini.AnswerPart, into events: inout [ReplyEvent]) {
        switch part {
        case .text(let text):
            guard !text.isEmpty else { return }
            begin(.text, .text, &events)
            events.append(.textDelta(number - 1, text))
        case .thought(let text):
            begin(.thought, .reasoning(sealed: nil), &events)
            events.append(.reasoningDelta(number - 1, text))
        case .call(let call, let signature):
            if let signature {
                begin(.thought, .reasoning(sealed: nil), &events)
                events.append(.signatureDelta(number - 1, Gemini.signatureMark + signature))
            }
            close(&events)
            let identifier = call.id.isEmpty ? ToolCall.madeUpID(callCount, of: id ?? "") : call.id
            callCount += 1
            events.append(.partStart(number, .toolCall(id: identifier, name: call.name)))
            events.append(.argumentsDelta(number, call.arguments))
            events.append(.partEnd(number))
            number += 1
        }
    }

    private mutating func begin(_ kind: Open, _ opening: ReplyEvent.Opening, _ events: inout [ReplyEvent]) {
        guard open != kind else { return }
        close(&events)
        open = kind
        events.append(.partStart(number, opening))
        number += 1
    }

    private mutating func close(_ events: inout [ReplyEvent]) {
        guard open != nil else { return }
        open = nil
        events.append(.partEnd(number - 1))
    }
}
