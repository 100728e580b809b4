package import JSON

extension OpenAIChat {
    /// Members of a request that have no neutral form and that OpenAI documents.
    private static let documented: Set<String> = [
        "logit_bias", "logprobs", "top_logprobs", "modalities", "audio", "prediction", "store", "verbosity",
        "web_search_options", "moderation",
        // Of those who speak as OpenAI does (vLLM, SGLang, llama.cpp).
        "min_p", "repetition_penalty",
    ]

    /// Writes a request to a provider. A stream is asked for its usage. The limit of tokens goes by the name that is
    /// not deprecated; kinds of providers that know the other rename it.
    package static func request(_ conversation: Conversation) throws(TranslationError) -> JSONObject {
        var body: JSONObject = ["model": .string(conversation.model)]
        var messages: [JSONValue] = []
        if !conversation.system.isEmpty {
            messages.append(["role": "system", "content": try systemContent(conversation)])
        }
        for message in conversation.messages {
            try append(message, to: &messages, withThoughts: conversation.returnsReasoning)
        }
        // The model would answer it rather than go on with it.
        if let last = conversation.messages.last, last.role == .assistant, last.index >= 0 {
            throw last.unsupported("role", "an answer that is to be gone on with has no counterpart in \(name)")
        }
        body["messages"] = .array(messages)
        if conversation.isStream {
            body["stream"] = true
            body["stream_options"] = ["include_usage": true]
        }
        writeSampling(conversation, to: &body)
        if !conversation.stop.isEmpty { body["stop"] = .array(conversation.stop.map(JSONValue.string)) }
        writeTools(conversation, to: &body)
        if let format = conversation.outputFormat { body["response_format"] = responseFormat(format) }
        if let effort = effort(conversation.reasoning) { body["reasoning_effort"] = .string(effort.rawValue) }
        if let user = conversation.user { body["user"] = .string(user) }
        if let tier = conversation.serviceTier {
            body["service_tier"] = .string(tier == .standard ? "default" : tier.rawValue)
        }
        for (name, value) in conversation.vendor {
            guard documented.contains(name) else { throw conversation.unsupported(member: name, by: Self.name) }
            body[name] = value
        }
        return body
    }

    private static func writeSampling(_ conversation: Conversation, to body: inout JSONObject) {
        let sampling = conversation.sampling
        if let value = conversation.maxTokens { body["max_completion_tokens"] = JSONValue(value) }
        if let value = sampling.temperature { body["temperature"] = .number(value) }
        if let value = sampling.topP { body["top_p"] = .number(value) }
        // Not OpenAI's, who refuses it by name, but of many who speak as OpenAI does.
        if let value = sampling.topK { body["top_k"] = JSONValue(value) }
        if let value = sampling.seed { body["seed"] = JSONValue(value) }
        if let value = sampling.frequencyPenalty { body["frequency_penalty"] = .number(value) }
        if let value = sampling.presencePenalty { body["presence_penalty"] = .number(value) }
        if let value = sampling.choiceCount { body["n"] = JSONValue(value) }
    }

    private static func writeTools(_ conversation: Conversation, to body: inout JSONObject) {
        if !conversation.tools.isEmpty {
            body["tools"] = .array(
                conversation.tools.map { tool in
                    var function: JSONObject = ["name": .string(tool.name)]
                    if let description = tool.description { function["description"] = .string(description) }
                    if let parameters = tool.parameters { function["parameters"] = parameters }
                    if let isStrict = tool.isStrict { function["strict"] = .bool(isStrict) }
                    return ["type": "function", "function": .object(function)]
                })
        }
        switch conversation.toolChoice {
        case nil: break
        case .auto: body["tool_choice"] = "auto"
        case .some(.none): body["tool_choice"] = "none"
        case .required: body["tool_choice"] = "required"
        case .tool(let name): body["tool_choice"] = ["type": "function", "function": ["name": .string(name)]]
        }
        if let allows = conversation.allowsParallelToolCalls { body["parallel_tool_calls"] = .bool(allows) }
    }

    private static func responseFormat(_ format: OutputFormat) -> JSONValue {
        switch format {
        case .text: return ["type": "text"]
        case .jsonObject: return ["type": "json_object"]
        case .jsonSchema(let format):
            // A name is wanted, and says nothing to the model.
            var schema: JSONObject = ["name": .string(format.name ?? "answer"), "schema": format.schema]
            if let description = format.description { schema["description"] = .string(description) }
            // Other vendors always hold the model to the schema.
            schema["strict"] = .bool(format.isStrict ?? true)
            return ["type": "json_schema", "json_schema": .object(schema)]
        }
    }

    private static func effort(_ reasoning: ReasoningControl) -> ReasoningControl.Effort? {
        switch reasoning.mode {
        case .off: ReasoningControl.Effort.none
        case .adaptive, nil: reasoning.effort
        case .budget(let tokens): reasoning.effort ?? ReasoningControl.effort(ofBudget: tokens)
        }
    }
}

extension ReasoningControl {
    /// No vendor says what a budget of thinking tokens is as an effort. These bounds are ours: the least budget that
    /// Anthropic takes, 1,024, is a low one, and what its guide recommends for hard tasks, 16,000 and more, a high one.
    package static func effort(ofBudget tokens: Int) -> Effort {
        tokens < 4_096 ? .low : tokens < 16_000 ? .medium : .high
    }
}
