import JSON
import Support
import Translation

/// Makes conversations and answers of what both wires have, the same for the same seed.
struct ConversationMaker {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private static let words = [
        "Where", "parcel", "ü", "\"quoted\"", "line\nbreak", "🚦", "\\", "null", "{}",
        "[DONE]",
    ]

    mutating func conversation() -> Conversation {
        var made = Conversation(model: "m-\(number(9))")
        if chance() { made.system = (0..<1 + number(2)).map { _ in .text(text()) } }
        var calls = 0
        for turn in 0..<1 + number(6) {
            made.messages.append(Message(.user, turn > 0 && chance() ? results(upTo: calls) : user(), index: turn))
            guard chance() else { continue }
            var parts: [Part] = [.text(text())]
            for _ in 0..<number(3) {
                parts.append(Part(.toolCall(call(calls))))
                calls += 1
            }
            made.messages.append(Message(.assistant, parts, index: turn))
        }
        // One that is to be gone on with is Anthropic's alone.
        if made.messages.last?.role == .assistant {
            made.messages.append(Message(.user, results(upTo: calls), index: made.messages.count))
        }
        if chance() { made.maxTokens = 1 + number(4_000) }
        if chance() { made.sampling.temperature = Double(number(100)) / 100 }
        if chance() { made.sampling.topP = Double(1 + number(99)) / 100 }
        if chance() { made.sampling.topK = 1 + number(50) }
        if chance() { made.stop = (0..<1 + number(3)).map { _ in text() } }
        if chance() { made.user = "user-\(number(99))" }
        if chance() { made.isStream = true }
        if chance() { made.reasoning.effort = [.low, .medium, .high, .xhigh, .max][number(5)] }
        if chance() { made.outputFormat = .jsonSchema(OutputFormat.Schema(schema())) }
        if chance() { made.serviceTier = chance() ? .auto : .standard }
        if chance() { tools(&made) }
        return made
    }

    private mutating func tools(_ made: inout Conversation) {
        made.tools = (0..<1 + number(3)).map { index in
            Tool(
                name: "tool_\(index)", description: chance() ? text() : nil, parameters: schema(),
                isStrict: chance() ? chance() : nil)
        }
        switch number(4) {
        case 0: made.toolChoice = .required
        case 1: made.toolChoice = .tool("tool_0")
        case 2: made.toolChoice = .auto
        default: break
        }
        if made.toolChoice != nil, chance() { made.allowsParallelToolCalls = chance() }
    }

    mutating func reply() -> Translation.Reply {
        var parts: [Part] = []
        if chance() { parts.append(Part(.reasoning(Reasoning(text: text(), signature: "sig-\(number(99))")))) }
        let calls = number(3)
        if calls == 0 || chance() { parts.append(.text(text())) }
        for index in 0..<calls { parts.append(Part(.toolCall(call(index)))) }
        let stop: StopReason = calls > 0 ? .toolCalls : [.endOfTurn, .maxTokens, .refusal][number(3)]
        let read = Int64(number(50))
        return Translation.Reply(
            id: "id-\(number(99))", model: "m", parts: parts, stop: stop,
            usage: TokenUsage(input: read + Int64(number(900)), output: Int64(number(99)), cacheRead: read))
    }

    /// The answer in pieces that are cut anywhere between characters.
    mutating func events(of reply: Translation.Reply) -> [ReplyEvent] {
        var events: [ReplyEvent] = [.start(id: reply.id, model: reply.model)]
        for (index, part) in reply.parts.enumerated() {
            switch part.content {
            case .text(let text):
                events.append(.partStart(index, .text))
                events += pieces(text).map { .textDelta(index, $0) }
            case .reasoning(let reasoning):
                events.append(.partStart(index, .reasoning(sealed: nil)))
                events += pieces(reasoning.text).map { .reasoningDelta(index, $0) }
                events.append(.signatureDelta(index, reasoning.signature ?? ""))
            case .toolCall(let call):
                events.append(.partStart(index, .toolCall(id: call.id, name: call.name)))
                events += pieces(call.arguments).map { .argumentsDelta(index, $0) }
            default: break
            }
            events.append(.partEnd(index))
        }
        if let usage = reply.usage { events.append(.usage(usage)) }
        return events + [.finish(reply.stop), .end]
    }

    /// The answer that events come to.
    static func reply(of events: [ReplyEvent]) -> Translation.Reply {
        var reply = Translation.Reply(id: "", model: "", parts: [], stop: .other(""), usage: nil)
        for event in events {
            switch event {
            case .start(let id, let model): (reply.id, reply.model) = (id, model)
            case .partStart(_, .text): reply.parts.append(.text(""))
            case .partStart(_, .reasoning): reply.parts.append(Part(.reasoning(Reasoning(text: ""))))
            case .partStart(_, .toolCall(let id, let name)):
                reply.parts.append(Part(.toolCall(ToolCall(id: id, name: name, arguments: ""))))
            case .textDelta(let part, let text):
                reply.parts[part] = .text((reply.parts[part].text ?? "") + text)
            case .reasoningDelta(let part, let text):
                guard case .reasoning(var reasoning) = reply.parts[part].content else { continue }
                reasoning.text += text
                reply.parts[part].content = .reasoning(reasoning)
            case .signatureDelta(let part, let text):
                guard case .reasoning(var reasoning) = reply.parts[part].content else { continue }
                reasoning.signature = (reasoning.signature ?? "") + text
                reply.parts[part].content = .reasoning(reasoning)
            case .argumentsDelta(let part, let text):
                guard case .toolCall(var call) = reply.parts[part].content else { continue }
                call.arguments += text
                reply.parts[part].content = .toolCall(call)
            case .usage(let usage): reply.usage = usage
            case .finish(let reason): reply.stop = reason
            default: break
            }
        }
        return reply
    }

    private mutating func user() -> [Part] {
        var parts: [Part] = [.text(text())]
        if chance() {
            let source: Media.Source =
                chance() ? .base64(mediaType: "image/png", data: "QUJD") : .url("https://example.org/\(number(9)).png")
            parts.append(Part(.image(Media(source))))
        }
        return parts
    }

    private mutating func results(upTo calls: Int) -> [Part] {
        guard calls > 0 else { return user() }
        return (max(0, calls - 1 - number(2))..<calls).map { index in
            Part(.toolResult(ToolResult(callID: "call_\(index)", parts: [.text(text())])))
        }
    }

    private mutating func call(_ index: Int) -> ToolCall {
        let arguments: JSONValue =
            chance() ? [:] : ["text": .string(text()), "count": JSONValue(number(99)), "none": nil]
        return ToolCall(id: "call_\(index)", name: "tool_\(index % 3)", arguments: arguments.text)
    }

    private mutating func schema() -> JSONValue {
        ["type": "object", "properties": ["p\(number(9))": ["type": "string"]], "additionalProperties": false]
    }

    private mutating func text() -> String {
        (0..<1 + number(6)).map { _ in Self.words[number(Self.words.count)] }.joined(separator: " ")
    }

    private mutating func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            let piece = rest.prefix(1 + number(4))
            pieces.append(String(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    private mutating func number(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    private mutating func chance() -> Bool { random.next() & 1 == 0 }
}
