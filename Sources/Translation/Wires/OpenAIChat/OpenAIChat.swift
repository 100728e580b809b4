import JSON

/// OpenAI's chat completions, as callers and providers speak them (platform.openai.com/docs/api-reference/chat and the
/// types of openai-python 3.52, read 2026-11).
///
/// What is left out or changed on purpose, and why:
/// - `metadata`: read by the gateway itself (slices, units); OpenAI only shows it in its own dashboard.
/// - `prompt_cache_key`, `prompt_cache_options`, `prompt_cache_retention`, `prompt_cache_breakpoint`: they steer
///   OpenAI's cache and never change an answer. `cache_control` of a part, which several gateways take, is kept.
/// - `store: false`, `logprobs: false`, `modalities: ["text"]`, `n: 1` and penalties of 0 are the defaults.
/// - Towards providers: reasoning of earlier turns, which the wire has no member for (guides/reasoning: it is discarded
///   behind each turn), unless a kind wants it (`Conversation.returnsReasoning`); whether a tool failed, which its
///   result says in words; `thinking` that is adaptive, which is what reasoning models do. A budget of
///   thinking tokens becomes an effort (`ReasoningControl.effort(ofBudget:)`), an equivalence that is ours.
package enum OpenAIChat {
    package static let name = "OpenAI's chat completions"

    /// Features have OpenAI's names, but for one that it does not have.
    package static let fieldNames: [Feature: String] = [.reasoningMode: "reasoning_effort"]

    /// The wire's word.
    package static func word(for reason: StopReason) -> String? {
        switch reason {
        case .endOfTurn, .stopSequence, .pause: "stop"
        case .maxTokens, .contextWindow: "length"
        case .toolCalls: "tool_calls"
        case .refusal: "content_filter"
        case .unknown: nil
        case .other(let word): word
        }
    }

    /// At most 64 characters, as `safety_identifier` says of itself.
    package static func takesUser(_ user: String) -> Bool { user.utf8.count <= 64 }

    /// - Parameter callsTools: whether the answer does: a call that was forced ends in `stop` (its guide).
    static func stopReason(_ word: String?, callsTools: Bool) -> StopReason {
        switch word {
        case "stop", "eos": callsTools ? .toolCalls : .endOfTurn
        case "length": .maxTokens
        case "tool_calls", "function_call": .toolCalls
        case "content_filter": .refusal
        case nil: .unknown
        case .some(let word): .other(word)
        }
    }

    /// - Returns: nil where the two counts are not told.
    static func usage(_ value: JSONValue) -> TokenUsage? {
        guard let object = value.objectValue, let input = object["prompt_tokens"]?.count,
            let output = object["completion_tokens"]?.count
        else { return nil }
        let details = object["prompt_tokens_details"]
        return TokenUsage(
            input: input, output: output,
            // The second is DeepSeek's name.
            cacheRead: (details?["cached_tokens"] ?? object["prompt_cache_hit_tokens"])?.count,
            cacheWrite: details?["cache_write_tokens"]?.count,
            reasoning: object["completion_tokens_details"]?["reasoning_tokens"]?.count)
    }

    static func usage(_ usage: TokenUsage) -> JSONValue {
        var object: JSONObject = [
            "prompt_tokens": JSONValue(usage.input), "completion_tokens": JSONValue(usage.output),
            "total_tokens": JSONValue(usage.input + usage.output),
        ]
        if let read = usage.cacheRead { object["prompt_tokens_details"] = ["cached_tokens": JSONValue(read)] }
        if let reasoning = usage.reasoning {
            object["completion_tokens_details"] = ["reasoning_tokens": JSONValue(reasoning)]
        }
        return .object(object)
    }
}

extension OpenAIChat: CallerWire, ProviderWire {}
