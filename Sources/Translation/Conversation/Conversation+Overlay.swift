import JSON

package extension Conversation {
    /// What `other` sets wins; its messages, model and stream count for nothing. For the parameters of a variant over
    /// those of a caller.
    mutating func overlay(_ other: Conversation) {
        if !other.tools.isEmpty { tools = other.tools }
        toolChoice = other.toolChoice ?? toolChoice
        allowsParallelToolCalls = other.allowsParallelToolCalls ?? allowsParallelToolCalls
        outputFormat = other.outputFormat ?? outputFormat
        sampling.overlay(other.sampling)
        maxTokens = other.maxTokens ?? maxTokens
        if !other.stop.isEmpty { stop = other.stop }
        reasoning.overlay(other.reasoning)
        user = other.user ?? user
        serviceTier = other.serviceTier ?? serviceTier
        for (name, value) in other.vendor { vendor[name] = value }
    }
}
