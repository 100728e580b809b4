import JSON

/// `generateContent` and `streamGenerateContent` (ai.google.dev/api/generate-content, read 2026-11).
struct GeminiContentCall: Sendable {
    private let request: ChatRequest
    private let body: [UInt8]

    /// What stands for the state of a model's thoughts. Models of the third generation want theirs back with each call
    /// of a function (ai.google.dev/gemini-api/docs/thought-signatures, read 2026-11).
    private static let signature = "c2lnbmF0dXJlLW9mLWEtdGhvdWdodA=="
    /// For calls that another model made.
    private static let unchecked = "skip_thought_signature_validator"
    /// A model of this name has them, and ids of calls, which are wanted back too
    /// (ai.google.dev/gemini-api/docs/function-calling, read 2026-11).
    private static let signingPrefix = "gemini-3"
    /// Models of these names know no ids.
    private static let namelessPrefixes = ["gemini-1", "gemini-2"]

    init(_ model: String, _ json: JSONValue, _ body: [UInt8]) throws(VendorError) {
        guard let contents = json["contents"]?.arrayValue, !contents.isEmpty else {
            throw .invalid("* GenerateContentRequest.contents: contents is not specified")
        }
        var question = ""
        var endsWithResult = false
        for (index, content) in contents.enumerated() {
            guard let parts = content["parts"]?.arrayValue, !parts.isEmpty,
                ["user", "model", nil].contains(content["role"]?.stringValue)
            else {
                throw .invalid("* GenerateContentRequest.contents[\(index)]: parts and a role of user or model")
            }
            endsWithResult = parts.contains { $0["functionResponse"] != nil }
            if model.hasPrefix(Self.signingPrefix) { try Self.checkSignatures(parts, index) }
            try Self.checkIDs(parts, after: index > 0 ? contents[index - 1] : [:], model, index)
            guard content["role"] != "model" else { continue }
            let texts = parts.compactMap { $0["text"]?.stringValue }
            if !texts.isEmpty { question = texts.joined(separator: "\n") }
        }
        self.body = body
        request = ChatRequest(
            model: model, isStreamed: false, question: question, promptTokens: max(1, body.count / 4),
            tool: endsWithResult ? nil : try Self.tool(json), format: try Self.format(json["generationConfig"]))
    }

    /// The first call of each turn has to bring back what came with it.
    private static func checkSignatures(_ parts: [JSONValue], _ index: Int) throws(VendorError) {
        guard let first = parts.first(where: { $0["functionCall"] != nil }) else { return }
        guard [signature, unchecked].contains(first["thoughtSignature"]?.stringValue) else {
            throw .invalid("Function call is missing a thought_signature in functionCall parts. contents[\(index)]")
        }
    }

    private static func checkIDs(
        _ parts: [JSONValue], after last: JSONValue, _ model: String, _ index: Int
    ) throws(VendorError) {
        let calls = parts.compactMap { $0["functionCall"] }
        let results = parts.compactMap { $0["functionResponse"] }
        let names = (calls + results).map { $0["id"]?.stringValue }
        if model.hasPrefix(signingPrefix) {
            guard names.allSatisfy({ $0 != nil }) else {
                throw .invalid("A function call or its response is without an id. contents[\(index)]")
            }
            let called = (last["parts"]?.arrayValue ?? []).map { $0["functionCall"]?["id"] }
            guard results.allSatisfy({ called.contains($0["id"]) }) else {
                throw .invalid("A function response is of no call right before it. contents[\(index)]")
            }
        } else if namelessPrefixes.contains(where: { model.hasPrefix($0) }), names.contains(where: { $0 != nil }) {
            throw .invalid(
                "Invalid JSON payload received. Unknown name \"id\" at 'contents[\(index)]': Cannot find field.")
        }
    }

    private static func tool(_ json: JSONValue) throws(VendorError) -> ChatRequest.Tool? {
        let config = json["toolConfig"]?["functionCallingConfig"]
        guard config?["mode"] != "NONE", let tools = json["tools"]?.arrayValue else { return nil }
        let allowed = config?["allowedFunctionNames"]?.arrayValue?.compactMap(\.stringValue)
        for declaration in tools.flatMap({ $0["functionDeclarations"]?.arrayValue ?? [] }) {
            guard let name = declaration["name"]?.stringValue else {
                throw .invalid("* GenerateContentRequest.tools: a function without a name")
            }
            if allowed?.contains(name) ?? true {
                let schema = declaration["parametersJsonSchema"] ?? declaration["parameters"] ?? true
                return ChatRequest.Tool(name: name, parameters: schema)
            }
        }
        return nil
    }

    private static func format(_ config: JSONValue?) throws(VendorError) -> ChatRequest.Format {
        guard let type = config?["responseMimeType"], type != "text/plain" else { return .text }
        guard type == "application/json" else { throw .invalid("* GenerationConfig.responseMimeType: unknown") }
        return (config?["responseJsonSchema"] ?? config?["responseSchema"]).map { .schema($0) } ?? .anyObject
    }

    // MARK: Answers

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let answer = scenario.answerer.answer(request, body: body)
        let part: JSONValue =
            if case .text(let text) = answer { ["text": .string(text)] } else { call(answer) }
        return chunk([part], "STOP", answer.tokens.count, scenario, number).encoded()
    }

    /// Text by the token, a call in one piece.
    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let answer = scenario.answerer.answer(request, body: body)
        var events: [[UInt8]] = []
        func add(_ part: JSONValue, _ finish: String?, _ count: Int) {
            events.append(GeminiDialect.event(chunk([part], finish, count, scenario, number)))
        }
        if case .text = answer {
            for (index, token) in answer.tokens.enumerated() {
                add(["text": .string(String(decoding: token, as: UTF8.self))], nil, index + 1)
            }
            add(["text": ""], "STOP", answer.tokens.count)
        } else {
            add(call(answer), "STOP", answer.tokens.count)
        }
        return SimulatedStream(events: events, pausedEvents: 1..<max(1, events.count - 1))
    }

    private func call(_ answer: ChatAnswer) -> JSONValue {
        guard case .call(let identifier, let name, let arguments) = answer else { return [:] }
        var call: JSONObject = [
            "name": .string(name), "args": (try? JSONValue(parsing: Array(arguments.utf8))) ?? [:],
        ]
        if !Self.namelessPrefixes.contains(where: { request.model.hasPrefix($0) }) { call["id"] = .string(identifier) }
        var part: JSONObject = ["functionCall": .object(call)]
        if request.model.hasPrefix(Self.signingPrefix) { part["thoughtSignature"] = .string(Self.signature) }
        return .object(part)
    }

    private func chunk(
        _ parts: [JSONValue], _ finish: String?, _ tokens: Int, _ scenario: Scenario, _ number: Int
    ) -> JSONValue {
        var candidate: JSONObject = [
            "content": ["parts": .array(parts), "role": "model"], "index": 0,
        ]
        if let finish { candidate["finishReason"] = .string(finish) }
        let usage = ChatUsage(promptTokens: request.promptTokens, completionTokens: tokens)
        var metadata: JSONObject = [
            "promptTokenCount": .integer(Int64(usage.promptTokens)),
            "candidatesTokenCount": .integer(Int64(tokens)),
            "totalTokenCount": .integer(Int64(usage.promptTokens + tokens)),
        ]
        if usage.cachedTokens > 0 { metadata["cachedContentTokenCount"] = .integer(Int64(usage.cachedTokens)) }
        let identifier = Hexadecimal.text(SeededHash(scenario.settings.seed).mixing(UInt64(number)).value)
        return [
            "candidates": [.object(candidate)], "usageMetadata": .object(metadata),
            "modelVersion": .string(request.model), "responseId": .string(identifier),
        ]
    }
}
