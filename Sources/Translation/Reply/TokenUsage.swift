/// What an answer took, in tokens.
package struct TokenUsage: Sendable, Equatable {
    /// All of the input, with what was read from a cache and what was written to it. (Anthropic tells the three apart:
    /// its `input_tokens` are those that no cache knew.)
    package var input: Int64
    /// Of the input: read from a cache; nil where the provider does not tell.
    package var cacheRead: Int64?
    /// Of the input: written to a cache.
    package var cacheWrite: Int64?
    /// Of that: to stay there for an hour.
    package var cacheWriteLong: Int64?
    /// All of the output, reasoning included.
    package var output: Int64
    /// Of the output.
    package var reasoning: Int64?

    package init(
        input: Int64, output: Int64, cacheRead: Int64? = nil, cacheWrite: Int64? = nil, reasoning: Int64? = nil
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.reasoning = reasoning
    }

    /// For providers that count reasoning beside the output rather than in it. Readers let no count through that comes
    /// near an overflow.
    package mutating func includeReasoning() { output += reasoning ?? 0 }
}
