import HTTP
import JSON

/// `POST /model/{model}/converse` and `…/converse-stream`
/// (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html, read 2026-11).
struct ConverseCall: VendorCall {
    static var dialect: any VendorDialect { BedrockDialect() }

    let isStreamed: Bool
    private let request: ChatRequest
    private let body: [UInt8]

    var model: String { request.model }

    init(_ request: Request) throws(VendorError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: request.body)
        } catch {
            throw VendorError.invalid("Could not parse request body: \(error)")
        }
        let model = request.parameters["model"] ?? ""
        isStreamed = request.route.hasSuffix("-stream")
        body = request.body
        let messages = json["messages"]?.arrayValue ?? []
        guard messages.first?["role"] == "user" else {
            throw VendorError.invalid("A conversation must start with a user message.")
        }
        var question = ""
        var endsWithResult = false
        for (index, message) in messages.enumerated() {
            guard let content = message["content"]?.arrayValue, !content.isEmpty else {
                throw VendorError.invalid("The content field in the Message object at messages.\(index) is empty.")
            }
            guard index == 0 || message["role"] != messages[index - 1]["role"] else {
                throw VendorError.invalid("messages.\(index): roles must alternate between user and assistant.")
            }
            endsWithResult = content.contains { $0["toolResult"] != nil }
            guard message["role"] == "user" else { continue }
            let texts = content.compactMap { $0["text"]?.stringValue }
            guard !texts.contains("") else {
                throw VendorError.invalid("The text field in the ContentBlock object at messages.\(index) is blank.")
            }
            if !texts.isEmpty { question = texts.joined(separator: "\n") }
        }
        self.request = ChatRequest(
            model: model, isStreamed: isStreamed, question: question, promptTokens: max(1, request.body.count / 4),
            tool: endsWithResult ? nil : try Self.tool(json["toolConfig"]))
    }

    private static func tool(_ config: JSONValue?) throws(VendorError) -> ChatRequest.Tool? {
        guard let config else { return nil }
        guard let tools = config["tools"]?.arrayValue, !tools.isEmpty else {
            throw VendorError.invalid("toolConfig.tools must have at least one tool.")
        }
        let wanted = config["toolChoice"]?["tool"]?["name"]?.stringValue
        for tool in tools {
            guard let name = tool["toolSpec"]?["name"]?.stringValue,
                let schema = tool["toolSpec"]?["inputSchema"]?["json"]
            else { throw VendorError.invalid("A tool must have a name and an inputSchema.json.") }
            if wanted == nil || wanted == name { return ChatRequest.Tool(name: name, parameters: schema) }
        }
        throw VendorError.invalid("toolConfig.toolChoice names a tool that is not there.")
    }

    // MARK: Answers

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let answer = scenario.answerer.answer(request, body: body)
        let block: JSONValue
        switch answer {
        case .text(let text): block = ["text": .string(text)]
        case .call(let identifier, let name, let arguments):
            block = [
                "toolUse": [
                    "toolUseId": .string(identifier), "name": .string(name),
                    "input": (try? JSONValue(parsing: Array(arguments.utf8))) ?? [:],
                ]
            ]
        }
        let value: JSONValue = [
            "output": ["message": ["role": "assistant", "content": [block]]],
            "stopReason": .string(Self.stopReason(answer)), "usage": usage(answer), "metrics": ["latencyMs": 1],
        ]
        return value.encoded()
    }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let answer = scenario.answerer.answer(request, body: body)
        var events = [BedrockDialect.event("messageStart", ["role": "assistant"])]
        if case .call(let identifier, let name, _) = answer {
            let use: JSONValue = ["toolUse": ["toolUseId": .string(identifier), "name": .string(name)]]
            events.append(BedrockDialect.event("contentBlockStart", ["contentBlockIndex": 0, "start": use]))
        }
        let first = events.count
        for token in answer.tokens {
            let piece = JSONValue.string(String(decoding: token, as: UTF8.self))
            let delta: JSONValue =
                if case .text = answer { ["text": piece] } else { ["toolUse": ["input": piece]] }
            events.append(BedrockDialect.event("contentBlockDelta", ["contentBlockIndex": 0, "delta": delta]))
        }
        let last = events.count
        events.append(BedrockDialect.event("contentBlockStop", ["contentBlockIndex": 0]))
        events.append(BedrockDialect.event("messageStop", ["stopReason": .string(Self.stopReason(answer))]))
        events.append(BedrockDialect.event("metadata", ["usage": usage(answer), "metrics": ["latencyMs": 1]]))
        return SimulatedStream(events: events, pausedEvents: first + 1..<max(first + 1, last))
    }

    private static func stopReason(_ answer: ChatAnswer) -> String {
        if case .call = answer { "tool_use" } else { "end_turn" }
    }

    private func usage(_ answer: ChatAnswer) -> JSONValue {
        let input = Int64(request.promptTokens)
        let output = Int64(answer.tokens.count)
        return [
            "inputTokens": .integer(input), "outputTokens": .integer(output), "totalTokens": .integer(input + output),
            "cacheReadInputTokens": 0, "cacheWriteInputTokens": 0,
        ]
    }
}
