import JSON

/// Writes an answer in the shapes of OpenAI's API: `chat.completion`, or the events of `chat.completion.chunk`.
struct ChatEncoder {
    private let request: ChatRequest
    private let answer: ChatAnswer
    private let tokens: [[UInt8]]
    private let identifier: String
    private let created: Int
    private let model: [UInt8]

    /// 2026-01-01T00:00:00Z: answers are made without a clock, so that they are the same on every run.
    private static let epoch = 1_767_225_600

    /// - Parameter sequence: the request's number, which makes its identifier and time.
    init(_ request: ChatRequest, _ answer: ChatAnswer, seed: UInt64, sequence: Int) {
        self.request = request
        self.answer = answer
        tokens = answer.tokens
        identifier = "chatcmpl-" + Hexadecimal.text(SeededHash(seed).mixing(UInt64(sequence)).value)
        created = Self.epoch + sequence
        model = JSONText.escaped(request.model)
    }

    private var usage: ChatUsage { ChatUsage(promptTokens: request.promptTokens, completionTokens: tokens.count) }

    /// The whole answer.
    func completion() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_024)
        appendOpening("chat.completion", to: &bytes)
        bytes += #","choices":[{"index":0,"message":{"role":"assistant","content":"#.utf8
        switch answer {
        case .text(let text):
            JSONText.appendEscaped(text, to: &bytes)
        case .call(_, _, let arguments):
            bytes += #"null,"tool_calls":[{"#.utf8
            appendCall(arguments, to: &bytes)
            bytes += "}]".utf8
        }
        bytes += #","refusal":null},"logprobs":null,"finish_reason":""#.utf8
        bytes += answer.finishReason.utf8
        bytes += #""}],"usage":"#.utf8
        usage.append(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// Those of `events()` that come a while after the one before: the role comes with the first token, and what is
    /// after the finish comes with it.
    var pausedEvents: Range<Int> { 2..<max(2, tokens.count + 2) }

    /// The events of a stream, `[DONE]` included.
    func events() -> [[UInt8]] {
        var opening = Array("data: ".utf8)
        appendOpening("chat.completion.chunk", to: &opening)
        let tail: [UInt8] = Array((request.includesUsage ? #","usage":null}"# : "}").utf8) + [10, 10]
        var events: [[UInt8]] = []
        events.reserveCapacity(tokens.count + 4)
        func add(_ delta: (inout [UInt8]) -> Void, finish: String? = nil) {
            var event = opening
            event += #","choices":[{"index":0,"delta":{"#.utf8
            delta(&event)
            event += #"},"logprobs":null,"finish_reason":"#.utf8
            event += (finish.map { "\"\($0)\"" } ?? "null").utf8
            event += "}]".utf8
            event += tail
            events.append(event)
        }
        add(appendFirstDelta)
        for token in tokens { add { appendDelta(token, to: &$0) } }
        add({ _ in }, finish: answer.finishReason)
        if request.includesUsage {
            var event = opening
            event += #","choices":[],"usage":"#.utf8
            usage.append(to: &event)
            event += "}\n\n".utf8
            events.append(event)
        }
        events.append(Array("data: [DONE]\n\n".utf8))
        return events
    }

    /// Everything before the choices, the brace left open.
    private func appendOpening(_ object: StaticString, to bytes: inout [UInt8]) {
        bytes += #"{"id":""#.utf8
        bytes += identifier.utf8
        bytes += #"","object":""#.utf8
        object.withUTF8Buffer { bytes += $0 }
        bytes += #"","created":"#.utf8
        bytes += String(created).utf8
        bytes += #","model":"#.utf8
        bytes += model
        bytes += #","system_fingerprint":"fp_simulator""#.utf8
    }

    private func appendFirstDelta(to bytes: inout [UInt8]) {
        guard case .call = answer else {
            bytes += #""role":"assistant","content":"","refusal":null"#.utf8
            return
        }
        bytes += #""role":"assistant","content":null,"tool_calls":[{"index":0,"#.utf8
        appendCall("", to: &bytes)
        bytes += "}]".utf8
    }

    private func appendDelta(_ token: [UInt8], to bytes: inout [UInt8]) {
        guard case .call = answer else {
            bytes += #""content":"#.utf8
            JSONText.appendEscaped(utf8: token, to: &bytes)
            return
        }
        bytes += #""tool_calls":[{"index":0,"function":{"arguments":"#.utf8
        JSONText.appendEscaped(utf8: token, to: &bytes)
        bytes += "}}]".utf8
    }

    /// The members of a tool call, without its braces.
    private func appendCall(_ arguments: String, to bytes: inout [UInt8]) {
        guard case .call(let identifier, let name, _) = answer else { return }
        bytes += #""id":""#.utf8
        bytes += identifier.utf8
        bytes += #"","type":"function","function":{"name":"#.utf8
        JSONText.appendEscaped(name, to: &bytes)
        bytes += #","arguments":"#.utf8
        JSONText.appendEscaped(arguments, to: &bytes)
        bytes += "}".utf8
    }
}
