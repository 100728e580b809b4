package import JSON

extension AnthropicMessages {
    /// Members of a request that have no neutral form and that Anthropic documents; they win over what is written.
    private static let documented: Set<String> = [
        "thinking", "container", "inference_geo", "speed", "cache_control", "context_management", "mcp_servers",
        "user_profile_id", "diagnostics", "stop_sequences", "output_config",
    ]

    /// Writes a request to a provider.
    package static func request(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        var body = try members(conversation)
        body["model"] = .string(conversation.model)
        if body["max_tokens"] == nil { body["max_tokens"] = JSONValue(maxTokens(conversation)) }
        let late = conversation.messages.filter { $0.role == .system }
        let system = try texts(conversation.system + late.flatMap(\.parts), Message(.system, []))
        if let system { body["system"] = system }
        for message in conversation.messages {
            guard let name = message.name else { continue }
            throw message.unsupported("name", "the name \(name) of a participant has no counterpart in \(self.name)")
        }
        body["messages"] = .array(try messages(conversation.messages))
        if conversation.isStream { body["stream"] = true }
        return body
    }

    /// Members that hold several parameters, of which a variant may set one: `tool_choice` is without its `type` where
    /// the variant only says whether several tools may be called at once.
    package static let parameterGroups: Set<String> = ["output_config", "metadata", "tool_choice"]

    /// Parameters that a variant sets, to be put over those of a request on this wire.
    package static func parameters(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        var body = try members(conversation)
        if body["tool_choice"] == nil, let allows = conversation.allowsParallelToolCalls {
            body["tool_choice"] = ["disable_parallel_tool_use": .bool(!allows)]
        }
        return body
    }

    /// All but the model, the messages and what they need.
    private static func members(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        var body: JSONObject = [:]
        if let count = conversation.maxTokens { body["max_tokens"] = JSONValue(count) }
        try writeSampling(conversation, to: &body)
        if !conversation.stop.isEmpty { body["stop_sequences"] = .array(conversation.stop.map(JSONValue.string)) }
        if !conversation.tools.isEmpty { body["tools"] = .array(conversation.tools.map(tool)) }
        if let choice = toolChoice(conversation) { body["tool_choice"] = choice }
        try writeReasoning(conversation, to: &body)
        if let user = conversation.user { body["metadata"] = ["user_id": .string(user)] }
        switch conversation.serviceTier {
        case nil: break
        case .auto: body["service_tier"] = "auto"
        case .standard: body["service_tier"] = "standard_only"
        case .flex, .priority: throw conversation.unsupported(.serviceTier, by: name)
        }
        for (key, value) in conversation.vendor {
            guard documented.contains(key) else { throw conversation.unsupported(member: key, by: name) }
            guard key == "output_config", let own = body[key] else {
                body[key] = value
                continue
            }
            var members = own.objectValue ?? [:]
            for (name, member) in value.objectValue ?? [:] { members[name] = member }
            body[key] = .object(members)
        }
        return body
    }

    private static func maxTokens(_ conversation: Conversation) -> Int {
        let most = conversation.maxTokensFallback ?? maxTokensDefault
        guard case .budget(let budget)? = conversation.reasoning.mode, budget >= most else { return most }
        return most + min(budget, 1 << 40)
    }

    private static func writeSampling(
        _ conversation: Conversation, to body: inout JSONObject
    ) throws(TranslationError) {
        let sampling = conversation.sampling
        if let value = sampling.temperature { body["temperature"] = .number(value) }
        if let value = sampling.topP { body["top_p"] = .number(value) }
        if let value = sampling.topK { body["top_k"] = JSONValue(value) }
        if sampling.seed != nil { throw conversation.unsupported(.seed, by: name) }
        if let value = sampling.frequencyPenalty, value != 0 {
            throw conversation.unsupported(.frequencyPenalty, by: name)
        }
        if let value = sampling.presencePenalty, value != 0 {
            throw conversation.unsupported(.presencePenalty, by: name)
        }
        if let count = sampling.choiceCount, count != 1 { throw conversation.unsupported(.choiceCount, by: name) }
    }

    private static func tool(_ tool: Tool) -> JSONValue {
        var object: JSONObject = ["name": .string(tool.name)]
        if let description = tool.description { object["description"] = .string(description) }
        object["input_schema"] = tool.parameters ?? ["type": "object", "properties": [:]]
        if let isStrict = tool.isStrict { object["strict"] = .bool(isStrict) }
        if let point = tool.cachePoint { object["cache_control"] = cacheControl(point) }
        return .object(object)
    }

    private static func toolChoice(_ conversation: Conversation) -> JSONValue? {
        var object: JSONObject
        switch conversation.toolChoice {
        case nil:
            guard conversation.allowsParallelToolCalls == false, !conversation.tools.isEmpty else { return nil }
            object = ["type": "auto"]
        case .auto: object = ["type": "auto"]
        case .some(.none): return ["type": "none"]
        case .required: object = ["type": "any"]
        case .tool(let name): object = ["type": "tool", "name": .string(name)]
        }
        if let allows = conversation.allowsParallelToolCalls {
            object["disable_parallel_tool_use"] = .bool(!allows)
        }
        return .object(object)
    }

    /// Whoever asks for an effort asks for reasoning, which models before the fifth generation leave out unless it is
    /// asked for by name (docs/en/build-with-claude/adaptive-thinking). It does not go with a forced call nor with
    /// sampling other than the standard one (docs/en/build-with-claude/extended-thinking, "Feature compatibility"):
    /// what was said stands.
    private static func adaptiveMode(_ conversation: Conversation) -> ReasoningControl.Mode? {
        guard conversation.reasoning.effort != nil, thinksAdaptively(conversation.model) else { return nil }
        switch conversation.toolChoice {
        case .required, .tool: return nil
        case nil, .auto, .some(.none): break
        }
        let sampling = conversation.sampling
        guard sampling.temperature ?? 1 == 1, sampling.topP ?? 1 >= 0.95, sampling.topK == nil else { return nil }
        return .adaptive
    }

    /// From 4.6 on: `claude-opus-4-6`, `anthropic.claude-sonnet-5-v1`; not `claude-3-7-sonnet-20250219`, and nothing
    /// whose name does not tell.
    static func thinksAdaptively(_ model: String) -> Bool {
        guard let start = model.firstRange(of: "claude-") else { return false }
        // A longer number is a date.
        let numbers = model[start.upperBound...].split { $0 == "-" || $0 == "." || $0 == "@" }
            .prefix { Int($0) == nil || $0.utf8.count < 3 }.compactMap { Int($0) }
        guard let major = numbers.first else { return false }
        return major > 4 || major == 4 && numbers.count > 1 && numbers[1] >= 6
    }

    private static func writeReasoning(
        _ conversation: Conversation, to body: inout JSONObject
    ) throws(TranslationError) {
        let reasoning = conversation.reasoning
        var thinking: JSONObject?
        switch reasoning.effort == .some(.none) ? .off : reasoning.mode ?? adaptiveMode(conversation) {
        case .off: thinking = ["type": "disabled"]
        case .adaptive: thinking = ["type": "adaptive"]
        case .budget(let tokens): thinking = ["type": "enabled", "budget_tokens": JSONValue(tokens)]
        case nil: break
        }
        if let shows = reasoning.showsText { thinking?["display"] = shows ? "summarized" : "omitted" }
        if let thinking { body["thinking"] = .object(thinking) }
        var output: JSONObject = [:]
        switch reasoning.effort {
        case nil, .some(.none): break
        case .minimal: output["effort"] = "low"
        case .some(let effort): output["effort"] = .string(effort.rawValue)
        }
        switch conversation.outputFormat {
        case nil, .text: break
        case .jsonObject: throw conversation.unsupported(.responseFormat, by: name)
        case .jsonSchema(let format):
            var schema = format.schema
            // What the model is told of it has no other place here.
            if let description = format.description, schema["description"] == nil {
                schema = schema.mergePatched(with: ["description": .string(description)])
            }
            output["format"] = ["type": "json_schema", "schema": schema]
        }
        if !output.isEmpty { body["output_config"] = .object(output) }
    }
}
