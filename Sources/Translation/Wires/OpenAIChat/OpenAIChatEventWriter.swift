import JSON

/// Writes chunks, with the one of usage where it was asked for, and `[DONE]`.
struct OpenAIChatEventWriter: ReplyEventWriter {
    private let context: ReplyContext
    /// Every chunk's bytes before its delta.
    private var head: [UInt8] = []
    /// Those of the chunk of usage before what it tells.
    private var usageHead: [UInt8] = []
    /// The open calls' numbers among all calls, and whether arguments came.
    private var calls: [(part: Int, number: Int, hasArguments: Bool)] = []
    private var callCount = 0
    /// The reasoning that is being written: what its block will hold, once it is signed.
    private var thought: (part: Int, text: String, signature: String)?
    private var thoughtCount = 0
    private var usage: TokenUsage?

    init(_ context: ReplyContext) { self.context = context }

    mutating func write(_ event: ReplyEvent) -> [WireEvent] {
        if head.isEmpty { begin(context.id, context.model) }
        switch event {
        case .start(let id, let model):
            begin(id.isEmpty ? context.id : id, model.isEmpty ? context.model : model)
            return [chunk(#""role":"assistant","content":"","refusal":null"#)]
        case .partStart(let part, .toolCall(let id, let name)):
            let number = callCount
            callCount += 1
            calls.append((part, number, false))
            return [
                chunk(
                    #""tool_calls":[{"index":\#(number),"id":\#(quoted(id)),"type":"function","#
                        + #""function":{"name":\#(quoted(name)),"arguments":""}}]"#)
            ]
        case .partStart(_, .reasoning(.some(let sealed))):
            return [block(#""type":"redacted_thinking","data":\#(quoted(sealed))"#)]
        case .partStart(let part, .reasoning):
            thought = (part, "", "")
            return []
        case .partStart: return []
        case .textDelta(_, let text): return [chunk(#""content":"#, text)]
        case .refusalDelta(_, let text): return [chunk(#""refusal":"#, text)]
        case .reasoningDelta(let part, let text):
            if thought?.part == part { thought?.text += text }
            return [chunk(#""reasoning_content":"#, text)]
        case .signatureDelta(let part, let text):
            if thought?.part == part { thought?.signature += text }
            return []
        case .argumentsDelta(let part, let text): return arguments(part, text)
        case .partEnd(let part): return end(part)
        case .input: return []
        case .usage(let usage):
            self.usage = usage
            return []
        case .finish(let reason): return [chunk("", finish: OpenAIChat.word(for: reason))]
        case .end:
            let done = WireEvent(data: Array("[DONE]".utf8))
            guard context.wantsStreamUsage, let usage else { return [done] }
            return [usageChunk(usage), done]
        case .failure(let fault): return [WireEvent(data: OpenAIChat.error(fault, requestID: ""))]
        }
    }

    private mutating func begin(_ id: String, _ model: String) {
        head = Array(#"{"id":"#.utf8)
        JSONText.appendEscaped(id, to: &head)
        head += #","object":"chat.completion.chunk","created":\#(context.createdAt),"model":"#.utf8
        JSONText.appendEscaped(model, to: &head)
        usageHead = head + #","choices":[],"usage":"#.utf8
        if context.wantsStreamUsage { head += #","usage":null"#.utf8 }
        head += #","choices":[{"index":0,"delta":{"#.utf8
    }

    private mutating func end(_ part: Int) -> [WireEvent] {
        if let thought, thought.part == part {
            self.thought = nil
            guard !thought.signature.isEmpty else { return [] }
            let members = #""thinking":\#(quoted(thought.text)),"signature":\#(quoted(thought.signature))"#
            return [block(#""type":"thinking","# + members)]
        }
        // A call without arguments is read as JSON by its caller all the same.
        guard let place = calls.lastIndex(where: { $0.part == part }) else { return [] }
        defer { calls.remove(at: place) }
        return calls[place].hasArguments ? [] : arguments(part, "{}")
    }

    private mutating func arguments(_ part: Int, _ text: String) -> [WireEvent] {
        guard let place = calls.lastIndex(where: { $0.part == part }) else { return [] }
        if !text.isEmpty { calls[place].hasArguments = true }
        var bytes = head
        bytes += #""tool_calls":[{"index":\#(calls[place].number),"function":{"arguments":"#.utf8
        JSONText.appendEscaped(text, to: &bytes)
        bytes += #"}}]},"logprobs":null,"finish_reason":null}]}"#.utf8
        return [WireEvent(data: bytes)]
    }

    private func chunk(_ member: String, _ text: String) -> WireEvent {
        var bytes = head
        bytes.reserveCapacity(head.count + member.utf8.count + text.utf8.count + 64)
        bytes += member.utf8
        JSONText.appendEscaped(text, to: &bytes)
        bytes += #"},"logprobs":null,"finish_reason":null}]}"#.utf8
        return WireEvent(data: bytes)
    }

    private func chunk(_ members: String, finish: String? = nil) -> WireEvent {
        var bytes = head
        bytes += members.utf8
        bytes += #"},"logprobs":null,"finish_reason":"#.utf8
        if let finish { JSONText.appendEscaped(finish, to: &bytes) } else { bytes += "null".utf8 }
        bytes += "}]}".utf8
        return WireEvent(data: bytes)
    }

    /// A whole block of thinking, which its caller sends back with the next turn.
    private mutating func block(_ members: String) -> WireEvent {
        defer { thoughtCount += 1 }
        return chunk(#""thinking_blocks":[{"index":\#(thoughtCount),\#(members)}]"#)
    }

    private func usageChunk(_ usage: TokenUsage) -> WireEvent {
        var bytes = usageHead
        OpenAIChat.usage(usage).append(to: &bytes)
        bytes += "}".utf8
        return WireEvent(data: bytes)
    }

    private func quoted(_ text: String) -> String { String(decoding: JSONText.escaped(text), as: UTF8.self) }
}
