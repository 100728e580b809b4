package import JSON

extension AnthropicMessages {
    /// Reads a request of a caller. `max_tokens` may be missing: counting tokens has none.
    package static func conversation(_ body: JSONObject) throws(TranslationError) -> Conversation {
        var conversation = Conversation(model: "")
        conversation.fieldNames = fieldNames
        for (key, value) in body where !value.isNull {
            try read(key, value, into: &conversation)
        }
        guard let messages = body["messages"] else { throw .malformed("messages", "is missing") }
        for (index, value) in try messages.list("messages").enumerated() {
            do throws(TranslationError) {
                conversation.messages.append(try message(try value.members(""), index))
            } catch {
                throw error.inside(TranslationError.element("messages", index))
            }
        }
        return conversation
    }

    private static func read(
        _ key: String, _ value: JSONValue, into conversation: inout Conversation
    ) throws(TranslationError) {
        switch key {
        case "messages", "signalbox", "cache_control": break
        case "model": conversation.model = try value.text(key)
        case "max_tokens": conversation.maxTokens = try value.integer(key)
        case "stream": conversation.isStream = try value.flag(key)
        case "system": conversation.system = try texts(value, key)
        case "temperature": conversation.sampling.temperature = try value.double(key)
        case "top_p": conversation.sampling.topP = try value.double(key)
        case "top_k": conversation.sampling.topK = try value.integer(key)
        case "stop_sequences":
            for (index, item) in try value.list(key).enumerated() {
                conversation.stop.append(try item.text(TranslationError.element(key, index)))
            }
        case "tools":
            for (index, item) in try value.list(key).enumerated() {
                do throws(TranslationError) {
                    conversation.tools.append(try tool(try item.members("")))
                } catch {
                    throw error.inside(TranslationError.element(key, index))
                }
            }
        case "tool_choice": try readToolChoice(value, into: &conversation)
        case "thinking": try readThinking(value, into: &conversation)
        case "output_config": try readOutput(value, into: &conversation)
        case "metadata":
            // The gateway reads it too, for units and slices.
            conversation.user = value["user_id"]?.stringValue
        case "service_tier":
            switch try value.text(key) {
            case "auto": conversation.serviceTier = .auto
            case "standard_only": conversation.serviceTier = .standard
            default: throw .malformed(key, "must be auto or standard_only")
            }
        case "context_management" where keepsAllButThinking(value): break
        default: conversation.vendor[key] = value
        }
    }

    /// Of earlier turns no other wire is sent thinking anyway; other edits would change what the model reads.
    private static func keepsAllButThinking(_ value: JSONValue) -> Bool {
        guard let management = value.objectValue, management.allSatisfy({ $0.key == "edits" }) else { return false }
        return (management["edits"]?.arrayValue ?? []).allSatisfy {
            $0["type"]?.stringValue?.hasPrefix("clear_thinking_") == true
        }
    }

    private static func readToolChoice(
        _ value: JSONValue, into conversation: inout Conversation
    ) throws(TranslationError) {
        switch value["type"]?.stringValue {
        case "auto": conversation.toolChoice = .auto
        case "any": conversation.toolChoice = .required
        case "none": conversation.toolChoice = ToolChoice.none
        case "tool":
            guard let name = value["name"]?.stringValue else { throw .malformed("tool_choice.name", "is missing") }
            conversation.toolChoice = .tool(name)
        default: throw .malformed("tool_choice.type", "must be auto, any, tool or none")
        }
        if let disables = value["disable_parallel_tool_use"], !disables.isNull {
            conversation.allowsParallelToolCalls = !(try disables.flag("tool_choice.disable_parallel_tool_use"))
        }
    }

    static func readThinking(
        _ value: JSONValue, into conversation: inout Conversation
    ) throws(TranslationError) {
        switch value["type"]?.stringValue {
        case "disabled": conversation.reasoning.mode = .off
        case "adaptive": conversation.reasoning.mode = .adaptive
        case "enabled":
            guard let budget = value["budget_tokens"] else { throw .malformed("thinking.budget_tokens", "is missing") }
            conversation.reasoning.mode = .budget(try budget.integer("thinking.budget_tokens"))
        case nil: throw .malformed("thinking.type", "is missing")
        default: throw .untranslatable("thinking.type", "thinking of this type is Anthropic's alone")
        }
        switch value["display"]?.stringValue {
        case "summarized": conversation.reasoning.showsText = true
        case "omitted": conversation.reasoning.showsText = false
        default: break
        }
    }

    private static func readOutput(
        _ value: JSONValue, into conversation: inout Conversation
    ) throws(TranslationError) {
        for (key, value) in try value.members("output_config") where !value.isNull {
            switch key {
            case "effort":
                guard let effort = ReasoningControl.Effort(rawValue: try value.text("output_config.effort")) else {
                    throw .untranslatable("output_config.effort", "the effort is none that is known here")
                }
                conversation.reasoning.effort = effort
            case "format":
                guard value["type"] == "json_schema", let schema = value["schema"] else {
                    throw .malformed("output_config.format", "must be of type json_schema, with a schema")
                }
                conversation.outputFormat = .jsonSchema(OutputFormat.Schema(schema))
            default: throw .untranslatable("output_config.\(key)", "output_config.\(key) is Anthropic's alone")
            }
        }
    }

    private static func tool(_ item: JSONObject) throws(TranslationError) -> Tool {
        if let type = item.given("type"), type != "custom" {
            throw .untranslatable("type", "a tool of type \(type.stringValue ?? "unknown") is Anthropic's alone")
        }
        let known: Set<String> = [
            "type", "name", "description", "input_schema", "strict", "cache_control", "eager_input_streaming",
        ]
        try item.refuseOthers(than: known, by: "other wires")
        return Tool(
            name: try item.text("name"), description: try item.given("description")?.text("description"),
            parameters: item.given("input_schema"), isStrict: try item.given("strict")?.flag("strict"),
            cachePoint: OpenAIChat.cachePoint(item))
    }
}
