import JSON

/// `POST /v1/responses`: a message, or a call of the first function where there is one and its result has not come.
struct ResponseCall: SurfaceCall {
    let model: String
    let isStreamed: Bool
    private let members: JSONObject
    private let body: [UInt8]

    private static let epoch = 1_767_225_600

    init(_ body: [UInt8]) throws(VendorError) {
        let read = try SurfaceBody(body)
        model = read.model
        members = read.members
        isStreamed = try read.flag("stream")
        switch read.members["input"] {
        case .string?, .array?: break
        default: throw .invalid("'input' must be a text or a list of items.", parameter: "input")
        }
        self.body = body
    }

    func plain(_ scenario: Scenario, _ number: Int) -> [UInt8] {
        let item = item(scenario, isWhole: true)
        return response(scenario, number, status: "completed", output: [item], usage(of: item)).encoded()
    }

    func stream(_ scenario: Scenario, _ number: Int) -> SimulatedStream {
        let whole = item(scenario, isWhole: true)
        var events: [[UInt8]] = []
        func add(_ type: String, _ members: JSONObject) {
            var event = members
            event["type"] = .string(type)
            event["sequence_number"] = .integer(Int64(events.count))
            events.append(Array("event: \(type)\ndata: ".utf8) + JSONValue.object(event).encoded() + [10, 10])
        }
        let opening = response(scenario, number, status: "in_progress", output: [], .null)
        add("response.created", ["response": opening])
        add("response.output_item.added", ["output_index": 0, "item": item(scenario, isWhole: false)])
        let isCall = whole["type"]?.stringValue == "function_call"
        let (kind, place): (String, JSONObject) =
            isCall
            ? ("response.function_call_arguments", ["item_id": "item_0", "output_index": 0])
            : ("response.output_text", ["item_id": "item_0", "output_index": 0, "content_index": 0])
        let text = isCall ? whole["arguments"]?.stringValue : whole["content"]?[0]?["text"]?.stringValue
        if !isCall {
            add("response.content_part.added", place.merging(["part": Self.part("")]))
        }
        let first = events.count
        for token in ChatAnswer.text(text ?? "").tokens {
            var members = place
            members["delta"] = .string(String(decoding: token, as: UTF8.self))
            members["logprobs"] = isCall ? nil : []
            add(kind + ".delta", members)
        }
        let paused = min(first + 1, events.count)..<events.count
        var done = place
        done[isCall ? "arguments" : "text"] = .string(text ?? "")
        if !isCall { done["logprobs"] = [] }
        add(kind + ".done", done)
        if !isCall { add("response.content_part.done", place.merging(["part": Self.part(text ?? "")])) }
        add("response.output_item.done", ["output_index": 0, "item": whole])
        let closing = response(scenario, number, status: "completed", output: [whole], usage(of: whole))
        add("response.completed", ["response": closing])
        return SimulatedStream(events: events, pausedEvents: paused)
    }

    private static func part(_ text: String) -> JSONValue {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]
    }

    private func item(_ scenario: Scenario, isWhole: Bool) -> JSONValue {
        let status: JSONValue = isWhole ? "completed" : "in_progress"
        let items = members["input"]?.arrayValue ?? []
        if items.last?["type"]?.stringValue != "function_call_output",
            let tool = members["tools"]?.arrayValue?.first(where: { $0["type"]?.stringValue == "function" }),
            let name = tool["name"]?.stringValue
        {
            let arguments = SchemaExample.value(of: tool["parameters"] ?? true).objectValue ?? JSONObject()
            return [
                "type": "function_call", "id": "item_0", "call_id": "call_0", "name": .string(name),
                "arguments": .string(isWhole ? JSONValue.object(arguments).text : ""), "status": status,
            ]
        }
        let text = isWhole ? scenario.answerer.text(after: question, model: model, body: body) : ""
        return [
            "type": "message", "id": "item_0", "role": "assistant", "status": status,
            "content": isWhole ? [Self.part(text)] : [],
        ]
    }

    /// The last that is said.
    private var question: String {
        guard let items = members["input"]?.arrayValue else { return members["input"]?.stringValue ?? "" }
        let content = items.last?["content"] ?? items.last?["output"]
        return content?.stringValue ?? content?.arrayValue?.last?["text"]?.stringValue ?? ""
    }

    private func usage(of item: JSONValue) -> JSONValue {
        let input = max(1, body.count / 4)
        let output = SurfaceBody.tokens(in: [item.text])
        return [
            "input_tokens": .integer(Int64(input)), "input_tokens_details": ["cached_tokens": 0],
            "output_tokens": .integer(Int64(output)), "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .integer(Int64(input + output)),
        ]
    }

    private func response(
        _ scenario: Scenario, _ number: Int, status: String, output: [JSONValue], _ usage: JSONValue
    ) -> JSONValue {
        let identifier = Hexadecimal.text(SeededHash(scenario.settings.seed).mixing(UInt64(number)).value)
        return [
            "id": .string("resp_" + identifier), "object": "response",
            "created_at": .integer(Int64(Self.epoch + number)),
            "status": .string(status), "error": .null, "incomplete_details": .null,
            "instructions": members["instructions"] ?? .null, "model": .string(model), "output": .array(output),
            "parallel_tool_calls": true, "tool_choice": "auto", "tools": members["tools"] ?? [], "usage": usage,
        ]
    }
}

extension JSONObject {
    /// With the members of another behind.
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (key, value) in other { merged[key] = value }
        return merged
    }
}
