package import JSON

extension Converse {
    /// Members that callers may send under Bedrock's own name.
    private static let own: Set<String> = [
        "additionalModelRequestFields", "additionalModelResponseFieldPaths", "guardrailConfig", "performanceConfig",
        "promptVariables", "requestMetadata",
    ]

    package static func request(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        for (name, _) in conversation.vendor where !own.contains(name) {
            throw conversation.unsupported(member: name, by: self.name)
        }
        var body: JSONObject = ["messages": .array(try messages(conversation))]
        let system = system(conversation)
        if !system.isEmpty { body["system"] = .array(system) }
        let config = try inferenceConfig(conversation)
        if !config.isEmpty { body["inferenceConfig"] = .object(config) }
        if let tools = try toolConfig(conversation) { body["toolConfig"] = tools }
        let output = try outputConfig(conversation)
        if !output.isEmpty { body["outputConfig"] = .object(output) }
        if let tier = conversation.serviceTier, tier != .auto {
            body["serviceTier"] = ["type": .string(tier == .standard ? "default" : tier.rawValue)]
        }
        for (name, value) in conversation.vendor { body[name] = value }
        let further = try modelFields(conversation)
        if !further.isEmpty {
            // What the caller wrote in Bedrock's own words wins.
            var fields = further
            for (name, value) in body["additionalModelRequestFields"]?.objectValue ?? [:] { fields[name] = value }
            body["additionalModelRequestFields"] = .object(fields)
        }
        return body
    }

    private static func system(_ conversation: Conversation) -> [JSONValue] {
        var blocks: [JSONValue] = []
        for part in conversation.system {
            if let text = part.text, !isBlank(text) { blocks.append(["text": .string(text)]) }
            if let point = cachePoint(part.cachePoint, conversation.model), !blocks.isEmpty { blocks.append(point) }
        }
        return blocks
    }

    private static func inferenceConfig(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        let sampling = conversation.sampling
        guard sampling.choiceCount ?? 1 == 1 else { throw conversation.unsupported(.choiceCount, by: name) }
        if sampling.seed != nil { throw conversation.unsupported(.seed, by: name) }
        if sampling.frequencyPenalty ?? 0 != 0 { throw conversation.unsupported(.frequencyPenalty, by: name) }
        if sampling.presencePenalty ?? 0 != 0 { throw conversation.unsupported(.presencePenalty, by: name) }
        var config: JSONObject = [:]
        config["maxTokens"] = conversation.maxTokens.map { JSONValue($0) }
        config["temperature"] = sampling.temperature.map(JSONValue.number)
        config["topP"] = sampling.topP.map(JSONValue.number)
        if !conversation.stop.isEmpty { config["stopSequences"] = .array(conversation.stop.map(JSONValue.string)) }
        return config
    }

    /// What Bedrock passes on to the model in the model's own words.
    private static func modelFields(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        let isClaude = isClaude(conversation.model)
        var fields: JSONObject = [:]
        if let count = conversation.sampling.topK {
            guard isClaude else { throw conversation.unsupported(.topK, by: name) }
            fields["top_k"] = JSONValue(count)
        }
        if let mode = conversation.reasoning.mode {
            guard isClaude else { throw conversation.unsupported(.reasoningMode, by: name) }
            var thinking: JSONObject
            switch mode {
            case .off: thinking = ["type": "disabled"]
            case .adaptive: thinking = ["type": "adaptive"]
            case .budget(let tokens): thinking = ["type": "enabled", "budget_tokens": JSONValue(tokens)]
            }
            if let shows = conversation.reasoning.showsText {
                thinking["display"] = shows ? "summarized" : "omitted"
            }
            fields["thinking"] = .object(thinking)
        }
        if let effort = conversation.reasoning.effort, takesOwnEffort(conversation.model) {
            fields["reasoning_effort"] = .string(effort.rawValue)
        }
        return fields
    }

    /// OpenAI's open models on Bedrock have a word of their own for it.
    private static func takesOwnEffort(_ model: String) -> Bool { model.contains("openai.") }

    private static func outputConfig(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        var config: JSONObject = [:]
        switch conversation.outputFormat {
        case nil, .text?: break
        case .jsonObject?: throw conversation.unsupported(.responseFormat, by: name)
        case .jsonSchema(let format)?:
            // The schema goes as text (API_runtime_JsonSchemaDefinition).
            var schema: JSONObject = ["schema": .string(format.schema.text)]
            schema["name"] = format.name.map(JSONValue.string)
            schema["description"] = format.description.map(JSONValue.string)
            config["textFormat"] = ["type": "json_schema", "structure": ["jsonSchema": .object(schema)]]
        }
        if let effort = conversation.reasoning.effort, !takesOwnEffort(conversation.model) {
            // The values that API_runtime_OutputConfig documents.
            guard effort != .none, effort != .minimal else {
                throw conversation.unsupported(.reasoningEffort, by: name)
            }
            config["effort"] = .string(effort.rawValue)
        }
        return config
    }

    private static func toolConfig(_ conversation: Conversation) throws(TranslationError) -> JSONValue? {
        if conversation.allowsParallelToolCalls == false {
            throw conversation.unsupported(.parallelToolCalls, by: name)
        }
        if conversation.toolChoice == ToolChoice.none {
            let calls = conversation.messages.contains { message in
                message.parts.contains { if case .toolCall = $0.content { true } else { false } }
            }
            guard !calls else { throw conversation.unsupported(.toolChoice, by: name) }
            return nil
        }
        guard !conversation.tools.isEmpty else { return toolsOfHistory(conversation) }
        var tools: [JSONValue] = []
        for tool in conversation.tools {
            var spec: JSONObject = ["name": .string(tool.name)]
            if let description = tool.description, !description.isEmpty { spec["description"] = .string(description) }
            spec["inputSchema"] = ["json": tool.parameters ?? ["type": "object", "properties": [:]]]
            if tool.isStrict == true { spec["strict"] = true }
            tools.append(["toolSpec": .object(spec)])
            if let point = cachePoint(tool.cachePoint, conversation.model) { tools.append(point) }
        }
        var config: JSONObject = ["tools": .array(tools)]
        switch conversation.toolChoice {
        case .auto?: config["toolChoice"] = ["auto": [:]]
        case .required?: config["toolChoice"] = ["any": [:]]
        case .tool(let name)?: config["toolChoice"] = ["tool": ["name": .string(name)]]
        default: break
        }
        return .object(config)
    }

    /// What earlier calls name, without what the caller does not tell any more.
    private static func toolsOfHistory(_ conversation: Conversation) -> JSONValue? {
        var names: Set<String> = []
        var tools: [JSONValue] = []
        for message in conversation.messages {
            for part in message.parts {
                guard case .toolCall(let call) = part.content, names.insert(call.name).inserted else { continue }
                tools.append([
                    "toolSpec": ["name": .string(call.name), "inputSchema": ["json": ["type": "object"]]]
                ])
            }
        }
        return tools.isEmpty ? nil : ["tools": .array(tools)]
    }

    /// A block of its own behind what it marks; nil where there is none to write.
    static func cachePoint(_ point: CachePoint?, _ model: String) -> JSONValue? {
        guard let point, cachesMarks(model) else { return nil }
        var block: JSONObject = ["type": "default"]
        block["ttl"] = point.lifetime.map(JSONValue.string)
        return ["cachePoint": .object(block)]
    }

    static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
}
