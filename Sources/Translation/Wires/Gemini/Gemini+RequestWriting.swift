package import JSON

extension Gemini {
    /// Members that callers may send under Gemini's own name.
    private static let own: Set<String> = ["safetySettings", "cachedContent", "labels"]

    package static func request(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        for (name, _) in conversation.vendor where !own.contains(name) {
            throw conversation.unsupported(member: name, by: self.name)
        }
        if let tier = conversation.serviceTier, tier != .auto, tier != .standard {
            throw conversation.unsupported(.serviceTier, by: name)
        }
        var body: JSONObject = [:]
        let system = conversation.system.compactMap(\.text)
        if !system.isEmpty {
            body["systemInstruction"] = ["parts": .array(system.map { ["text": .string($0)] })]
        }
        body["contents"] = .array(try contents(conversation))
        try writeTools(of: conversation, into: &body)
        let config = try generationConfig(conversation)
        if !config.isEmpty { body["generationConfig"] = .object(config) }
        for (name, value) in conversation.vendor { body[name] = value }
        return body
    }

    private static func writeTools(
        of conversation: Conversation, into body: inout JSONObject
    ) throws(TranslationError) {
        if conversation.allowsParallelToolCalls == false {
            throw conversation.unsupported(.parallelToolCalls, by: name)
        }
        if !conversation.tools.isEmpty {
            let declarations = conversation.tools.map { tool -> JSONValue in
                var declaration: JSONObject = ["name": .string(tool.name)]
                declaration["description"] = tool.description.map(JSONValue.string)
                declaration["parametersJsonSchema"] = tool.parameters
                return .object(declaration)
            }
            body["tools"] = [["functionDeclarations": .array(declarations)]]
        }
        guard let choice = conversation.toolChoice else { return }
        var calling: JSONObject
        switch choice {
        case .auto: calling = ["mode": "AUTO"]
        case .none: calling = ["mode": "NONE"]
        case .required: calling = ["mode": "ANY"]
        case .tool(let name): calling = ["mode": "ANY", "allowedFunctionNames": [.string(name)]]
        }
        body["toolConfig"] = ["functionCallingConfig": .object(calling)]
    }

    private static func generationConfig(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        let sampling = conversation.sampling
        guard sampling.choiceCount ?? 1 == 1 else { throw conversation.unsupported(.choiceCount, by: name) }
        var config: JSONObject = [:]
        config["temperature"] = sampling.temperature.map(JSONValue.number)
        config["topP"] = sampling.topP.map(JSONValue.number)
        config["topK"] = sampling.topK.map { JSONValue($0) }
        config["seed"] = sampling.seed.map { JSONValue($0) }
        config["frequencyPenalty"] = sampling.frequencyPenalty.map(JSONValue.number)
        config["presencePenalty"] = sampling.presencePenalty.map(JSONValue.number)
        config["maxOutputTokens"] = conversation.maxTokens.map { JSONValue($0) }
        if !conversation.stop.isEmpty { config["stopSequences"] = .array(conversation.stop.map(JSONValue.string)) }
        switch conversation.outputFormat {
        case nil, .text?: break
        case .jsonObject?: config["responseMimeType"] = "application/json"
        case .jsonSchema(let format)?:
            config["responseMimeType"] = "application/json"
            var schema = format.schema
            if let description = format.description, var members = schema.objectValue,
                !members.contains("description")
            {
                members["description"] = .string(description)
                schema = .object(members)
            }
            config["responseJsonSchema"] = schema
        }
        if let thinking = try thinkingConfig(conversation) { config["thinkingConfig"] = .object(thinking) }
        return config
    }

    private static func thinkingConfig(_ conversation: Conversation) throws(TranslationError) -> JSONObject? {
        let control = conversation.reasoning
        var config: JSONObject = [:]
        config["includeThoughts"] = control.showsText.map(JSONValue.bool)
        switch (control.mode, control.effort) {
        case (.off?, _): config["thinkingBudget"] = 0
        case (.budget(let tokens)?, _): config["thinkingBudget"] = JSONValue(tokens)
        case (.adaptive?, nil): config["thinkingBudget"] = -1
        case (_, let effort?):
            let (member, value) = try thinking(effort, conversation)
            config[member] = value
        case (nil, nil): break
        }
        return config.isEmpty ? nil : config
    }

    private static func thinking(
        _ effort: ReasoningControl.Effort, _ conversation: Conversation
    ) throws(TranslationError) -> (member: String, value: JSONValue) {
        let takesLevels = wantsSignatures(conversation.model)
        switch effort {
        case .none: return ("thinkingBudget", 0)
        case .minimal: return takesLevels ? ("thinkingLevel", "minimal") : ("thinkingBudget", 1_024)
        case .low: return takesLevels ? ("thinkingLevel", "low") : ("thinkingBudget", 1_024)
        case .medium: return takesLevels ? ("thinkingLevel", "medium") : ("thinkingBudget", 8_192)
        case .high: return takesLevels ? ("thinkingLevel", "high") : ("thinkingBudget", 24_576)
        case .xhigh, .max: throw conversation.unsupported(.reasoningEffort, by: name)
        }
    }
}
