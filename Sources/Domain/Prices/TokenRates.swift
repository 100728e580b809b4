/// What a million tokens cost, in micro-units of the currency (1 USD = 1,000,000).
package struct TokenRates: Sendable, Hashable {
    package let input: Int64
    /// Of input that the provider read from its own cache; nil when that costs what other input does.
    package let cachedInput: Int64?
    /// Of input that the provider wrote to its cache; nil when that costs what other input does.
    package let cacheWrite: Int64?
    /// The same for what stays there for an hour; nil when that costs what other writing does.
    package let cacheWriteLong: Int64?
    package let output: Int64
    /// Of output that was thought and not said; nil when that costs what other output does.
    package let reasoning: Int64?

    package init(
        input: Int64, cachedInput: Int64? = nil, cacheWrite: Int64? = nil, cacheWriteLong: Int64? = nil,
        output: Int64, reasoning: Int64? = nil
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
        self.cacheWriteLong = cacheWriteLong
        self.output = output
        self.reasoning = reasoning
    }

    /// Of the dearest kind of input, and of output.
    var dearest: (input: Int64, output: Int64) {
        (max(input, cachedInput ?? 0, cacheWrite ?? 0, cacheWriteLong ?? 0), max(output, reasoning ?? 0))
    }
}
