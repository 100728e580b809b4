package import JSON

extension OpenAIChat {
    /// Reads a request of a caller.
    package static func conversation(_ body: JSONObject) throws(TranslationError) -> Conversation {
        var conversation = try parameters(body)
        guard let messages = body["messages"] else { throw .malformed("messages", "is missing") }
        for (index, value) in try messages.list("messages").enumerated() {
            do throws(TranslationError) {
                try read(try value.members(""), index, into: &conversation)
            } catch {
                throw error.inside(TranslationError.element("messages", index))
            }
        }
        return conversation
    }

    /// Reads all but the messages: also for parameters that a variant sets.
    package static func parameters(_ body: JSONObject) throws(TranslationError) -> Conversation {
        var conversation = Conversation(model: "")
        conversation.fieldNames = fieldNames
        for (key, value) in body where !value.isNull {
            try read(key, value, into: &conversation)
        }
        return conversation
    }

    private static func read(
        _ key: String, _ value: JSONValue, into conversation: inout Conversation
    ) throws(TranslationError) {
        switch key {
        case "messages", "signalbox", "metadata", "prompt_cache_key", "prompt_cache_options",
            "prompt_cache_retention":
            break
        case "model": conversation.model = try value.text(key)
        case "stream": conversation.isStream = try value.flag(key)
        case "stream_options": try readStreamOptions(value, into: &conversation)
        case "temperature": conversation.sampling.temperature = try value.double(key)
        case "top_p": conversation.sampling.topP = try value.double(key)
        case "top_k": conversation.sampling.topK = try value.integer(key)
        case "seed": conversation.sampling.seed = try value.integer(key)
        case "n": conversation.sampling.choiceCount = try value.integer(key)
        case "frequency_penalty": conversation.sampling.frequencyPenalty = try value.double(key)
        case "presence_penalty": conversation.sampling.presencePenalty = try value.double(key)
        case "max_tokens", "max_completion_tokens":
            let count = try value.integer(key)
            guard conversation.maxTokens == nil || conversation.maxTokens == count else {
                throw .malformed(key, "max_tokens and max_completion_tokens are the same: send one of them")
            }
            conversation.maxTokens = count
        case "stop": conversation.stop = try stop(value)
        case "tools": conversation.tools = try tools(value)
        case "tool_choice": conversation.toolChoice = try toolChoice(value)
        case "parallel_tool_calls": conversation.allowsParallelToolCalls = try value.flag(key)
        case "response_format": conversation.outputFormat = try outputFormat(value)
        case "reasoning_effort":
            guard let effort = ReasoningControl.Effort(rawValue: try value.text(key)) else {
                throw .untranslatable(key, "reasoning_effort is none that is known here")
            }
            conversation.reasoning.effort = effort
        // Anthropic's, which callers of gateways send on OpenAI's wire too; of other vendors' forms the rest.
        case "thinking" where ReasoningControl.isMode(value):
            try AnthropicMessages.readThinking(value, into: &conversation)
        case "user":
            if conversation.user == nil { conversation.user = try value.text(key) }
        case "safety_identifier": conversation.user = try value.text(key)
        case "service_tier": conversation.serviceTier = try serviceTier(value)
        case "store", "logprobs": if value != false { conversation.vendor[key] = value }
        case "modalities": if value != ["text"] { conversation.vendor[key] = value }
        default: conversation.vendor[key] = value
        }
    }

    private static func readStreamOptions(
        _ value: JSONValue, into conversation: inout Conversation
    ) throws(TranslationError) {
        // Obfuscation only pads the events.
        let options = try value.members("stream_options")
        guard let wanted = options.given("include_usage") else { return }
        conversation.wantsStreamUsage = try wanted.flag("stream_options.include_usage")
    }

    private static func stop(_ value: JSONValue) throws(TranslationError) -> [String] {
        if let text = value.stringValue { return [text] }
        var texts: [String] = []
        for (index, item) in try value.list("stop").enumerated() {
            texts.append(try item.text(TranslationError.element("stop", index)))
        }
        return texts
    }

    private static func serviceTier(_ value: JSONValue) throws(TranslationError) -> ServiceTier {
        switch try value.text("service_tier") {
        case "auto": .auto
        case "default": .standard
        case "flex": .flex
        case "priority", "fast": .priority
        case let other: throw .untranslatable("service_tier", "service_tier \(other) is none that is known here")
        }
    }

    private static func tools(_ value: JSONValue) throws(TranslationError) -> [Tool] {
        var tools: [Tool] = []
        for (index, item) in try value.list("tools").enumerated() {
            do throws(TranslationError) {
                tools.append(try tool(try item.members("")))
            } catch {
                throw error.inside(TranslationError.element("tools", index))
            }
        }
        return tools
    }

    private static func tool(_ item: JSONObject) throws(TranslationError) -> Tool {
        let type = try item.text("type")
        guard type == "function" else { throw .untranslatable("type", "a tool of type \(type) runs at OpenAI only") }
        try item.refuseOthers(than: ["type", "function", "cache_control"], by: "other wires")
        guard let function = item["function"]?.objectValue else { throw .malformed("function", "must be an object") }
        do throws(TranslationError) {
            let known: Set<String> = ["name", "description", "parameters", "strict", "cache_control"]
            try function.refuseOthers(than: known, by: "other wires")
            return Tool(
                name: try function.text("name"),
                description: try function.given("description")?.text("description"),
                parameters: function.given("parameters"), isStrict: try function.given("strict")?.flag("strict"),
                cachePoint: cachePoint(item) ?? cachePoint(function))
        } catch {
            throw error.inside("function")
        }
    }

    private static func toolChoice(_ value: JSONValue) throws(TranslationError) -> ToolChoice {
        if let word = value.stringValue {
            switch word {
            case "auto": return .auto
            case "none": return .none
            case "required": return .required
            default: throw .malformed("tool_choice", "must be auto, none, required or a function")
            }
        }
        guard value["type"] == "function", let name = value["function"]?["name"]?.stringValue else {
            throw .untranslatable("tool_choice", "a tool_choice other than a function has no counterpart elsewhere")
        }
        return .tool(name)
    }

    private static func outputFormat(_ value: JSONValue) throws(TranslationError) -> OutputFormat {
        switch value["type"]?.stringValue {
        case "text": return .text
        case "json_object": return .jsonObject
        case "json_schema":
            guard let schema = value["json_schema"]?.objectValue else {
                throw .malformed("response_format.json_schema", "must be an object")
            }
            return .jsonSchema(
                OutputFormat.Schema(
                    schema["schema"] ?? [:], name: schema["name"]?.stringValue,
                    description: schema["description"]?.stringValue, isStrict: schema["strict"]?.boolValue))
        default: throw .malformed("response_format.type", "must be text, json_object or json_schema")
        }
    }

    /// `cache_control`, which is Anthropic's and which callers of gateways send on OpenAI's wire too.
    static func cachePoint(_ object: JSONObject) -> CachePoint? {
        guard let control = object.given("cache_control") else { return nil }
        return CachePoint(lifetime: control["ttl"]?.stringValue)
    }
}
