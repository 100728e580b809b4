import JSON

/// `POST /v1/completions`: a choice for each prompt.
struct CompletionCall: SurfaceCall {
    let model: String
    let isStreamed: Bool
    private let prompts: [String]
    private let includesUsage: Bool
    private let body: [UInt8]

    /// 2026-01-01T00:00:00Z, as with chat.
    private static let epoch = 1_767_225_600

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        prompts = try read.texts("prompt")
        isStreamed = try read.flag("stream")
        includesUsage = read.members["stream_options"]?["include_usage"]?.boolValue ?? false
        self.body = body
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let answers = answers(scenario)
        let choices = answers.enumerated().map { index, answer in
            Self.choice(index, String(decoding: answer.joined(), as: UTF8.self), finish: "stop")
        }
        var completion = opening(scenario, number)
        completion["choices"] = .array(choices)
        completion["usage"] = usage(answers)
        return JSONValue.object(completion).encoded()
    }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let answers = answers(scenario)
        let opening = opening(scenario, number)
        var events: [[UInt8]] = []
        func add(_ choices: [JSONValue], usage: JSONValue? = nil) {
            var event = opening
            event["choices"] = .array(choices)
            if includesUsage { event["usage"] = usage ?? .null }
            events.append(Array("data: ".utf8) + JSONValue.object(event).encoded() + [10, 10])
        }
        for (index, answer) in answers.enumerated() {
            for token in answer { add([Self.choice(index, String(decoding: token, as: UTF8.self), finish: nil)]) }
        }
        let paused = min(1, events.count)..<events.count
        for index in answers.indices { add([Self.choice(index, "", finish: "stop")]) }
        if includesUsage { add([], usage: usage(answers)) }
        events.append(Array("data: [DONE]\n\n".utf8))
        return SimulatedStream(events: events, pausedEvents: paused)
    }

    /// In tokens.
    private func answers(_ scenario: Scenario) -> [[[UInt8]]] {
        prompts.map { prompt in
            ChatAnswer.text(scenario.answerer.text(after: prompt, model: model, body: body)).tokens
        }
    }

    private func opening(_ scenario: Scenario, _ number: Int) -> JSONObject {
        let identifier = Hexadecimal.text(SeededHash(scenario.settings.seed).mixing(UInt64(number)).value)
        return [
            "id": .string("cmpl-" + identifier), "object": "text_completion",
            "created": .integer(Int64(Self.epoch + number)), "model": .string(model),
            "system_fingerprint": "fp_simulator",
        ]
    }

    private static func choice(_ index: Int, _ text: String, finish: String?) -> JSONValue {
        [
            "index": .integer(Int64(index)), "text": .string(text), "logprobs": nil,
            "finish_reason": finish.map(JSONValue.string) ?? .null,
        ]
    }

    private func usage(_ answers: [[[UInt8]]]) -> JSONValue {
        var bytes: [UInt8] = []
        ChatUsage(
            promptTokens: SurfaceBody.tokens(in: prompts), completionTokens: answers.reduce(0) { $0 + $1.count }
        ).append(to: &bytes)
        return (try? JSONValue(parsing: bytes)) ?? .null
    }
}
