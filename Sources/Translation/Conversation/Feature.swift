/// What a wire may have no counterpart for, under OpenAI's name of it. A wire that callers speak says in `fieldNames`
/// what it calls those that it has under another name.
package enum Feature: String, Sendable, CaseIterable {
    case tools
    case toolChoice = "tool_choice"
    case parallelToolCalls = "parallel_tool_calls"
    case responseFormat = "response_format"
    case temperature
    case topP = "top_p"
    case topK = "top_k"
    case seed
    case frequencyPenalty = "frequency_penalty"
    case presencePenalty = "presence_penalty"
    case choiceCount = "n"
    case maxTokens = "max_completion_tokens"
    case stop
    case reasoningEffort = "reasoning_effort"
    /// Anthropic's; OpenAI has efforts only.
    case reasoningMode = "thinking"
    case user
    case serviceTier = "service_tier"
}
