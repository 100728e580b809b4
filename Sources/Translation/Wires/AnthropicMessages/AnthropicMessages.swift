import JSON

/// Anthropic's Messages API, as callers and providers speak it (platform.claude.com/docs/en/api/messages and the types
/// of anthropic-sdk-python 2.12, read 2026-11).
///
/// What is left out or changed on purpose, and why:
/// - `max_tokens` is wanted: where the caller set none, what whoever sends it knows of the model, else
///   `maxTokensDefault`, and more where a budget of thinking has to fit below it.
/// - Instructions in the midst of the turns go to the front: so does Anthropic's own layer for OpenAI's wire
///   (docs/en/api/openai-sdk, "hoisted"), since not every model takes them elsewhere.
/// - `reasoning_effort` becomes `output_config.effort`, whose words are the same; `minimal` becomes `low`, the least
///   there is, and `none` turns thinking off.
/// - The name of a JSON schema and whether it is strict: `output_config.format` has no name and is always strict.
///   Penalties of 0 and one choice are what Anthropic does anyway.
/// - Text of nothing but white space, and turns with nothing else in them: "text content blocks must contain
///   non-whitespace text" (anthropics/claude-code#23440). A refusal of an earlier turn is text.
/// - Thinking of earlier turns without a signature: it is not Claude's, who would refuse it.
/// - `cache_control` at the top of a request only steers the cache; other vendors cache by themselves.
/// - `metadata` beside `user_id`: read by the gateway itself (slices, units).
/// - `context_management` that only takes thinking out of earlier turns: other wires are not sent any.
/// - `display` of thinking that the caller did not set; `eager_input_streaming` of a tool, which only paces events.
/// - What is not known when a stream begins: its input is an estimate then (`ReplyContext.inputTokens`), its output 0.
///   The last event's usage holds. That of a provider who tells none is 0: the wire wants a number.
package enum AnthropicMessages {
    package static let name = "Anthropic's messages"

    /// The least that any model on offer can give; the shortest limit of Anthropic's table of models.
    package static let maxTokensDefault = 4_096

    /// What it calls by another name than OpenAI.
    package static let fieldNames: [Feature: String] = [
        .parallelToolCalls: "tool_choice.disable_parallel_tool_use", .responseFormat: "output_config.format",
        .maxTokens: "max_tokens", .stop: "stop_sequences", .reasoningEffort: "output_config.effort",
        .user: "metadata.user_id",
    ]

    /// The wire's word.
    package static func word(for reason: StopReason) -> String? {
        switch reason {
        case .endOfTurn: "end_turn"
        case .maxTokens: "max_tokens"
        case .stopSequence: "stop_sequence"
        case .toolCalls: "tool_use"
        case .refusal: "refusal"
        case .contextWindow: "model_context_window_exceeded"
        case .pause: "pause_turn"
        case .unknown: nil
        case .other(let word): word
        }
    }

    /// docs/en/api/messages, `metadata.user_id`: at most 256 characters, and nothing that identifies anybody; the API
    /// refuses what looks like an address of e-mail.
    package static func takesUser(_ user: String) -> Bool { user.utf8.count <= 256 && !user.contains("@") }

    static func stopReason(_ word: String?, sequence: String?) -> StopReason {
        switch word {
        case "end_turn": .endOfTurn
        case "max_tokens": .maxTokens
        case "stop_sequence": .stopSequence(sequence)
        case "tool_use": .toolCalls
        case "refusal": .refusal
        case "model_context_window_exceeded": .contextWindow
        case "pause_turn": .pause
        case nil: .unknown
        case .some(let word): .other(word)
        }
    }

    /// Adds what an event tells: counts are totals, and one that is left out still holds.
    static func merge(_ value: JSONValue, into usage: inout Counts) {
        usage.input = value["input_tokens"]?.count ?? usage.input
        usage.output = value["output_tokens"]?.count ?? usage.output
        usage.cacheRead = value["cache_read_input_tokens"]?.count ?? usage.cacheRead
        usage.cacheWrite = value["cache_creation_input_tokens"]?.count ?? usage.cacheWrite
        usage.cacheWriteLong =
            value["cache_creation"]?["ephemeral_1h_input_tokens"]?.count ?? usage.cacheWriteLong
        usage.reasoning = value["output_tokens_details"]?["thinking_tokens"]?.count ?? usage.reasoning
    }

    /// As the wire counts.
    struct Counts: Sendable {
        var input: Int64?
        var output: Int64?
        var cacheRead: Int64?
        var cacheWrite: Int64?
        var cacheWriteLong: Int64?
        var reasoning: Int64?

        /// nil until both sides are known.
        var usage: TokenUsage? {
            guard let output, var usage = inputUsage else { return nil }
            usage.output = output
            usage.reasoning = reasoning
            return usage
        }

        /// Of the input alone; nil until it is known.
        var inputUsage: TokenUsage? {
            input.map { input in
                var usage = TokenUsage(
                    input: input + (cacheRead ?? 0) + (cacheWrite ?? 0), output: 0, cacheRead: cacheRead,
                    cacheWrite: cacheWrite)
                usage.cacheWriteLong = cacheWriteLong
                return usage
            }
        }
    }

    static func usage(_ usage: TokenUsage?) -> JSONValue {
        guard let usage else { return ["input_tokens": 0, "output_tokens": 0] }
        let read = usage.cacheRead ?? 0
        let written = usage.cacheWrite ?? 0
        var object: JSONObject = [
            "input_tokens": JSONValue(max(0, usage.input - read - written)),
            "cache_creation_input_tokens": JSONValue(written), "cache_read_input_tokens": JSONValue(read),
            "output_tokens": JSONValue(usage.output),
        ]
        if let reasoning = usage.reasoning {
            object["output_tokens_details"] = ["thinking_tokens": JSONValue(reasoning)]
        }
        return .object(object)
    }
}

extension AnthropicMessages: CallerWire, ProviderWire {}
