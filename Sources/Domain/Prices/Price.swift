/// What a model's tokens cost.
///
/// A cost is worked out exactly, in millionths of a micro-USD, and rounded once, for the whole inference: `cost` to the
/// nearest micro-USD, half of one upwards, for what is shown; `charge` always upwards, for what a budget counts, since
/// ten thousand costs of a third of a micro-USD are not nothing.
package struct Price: Sendable, Hashable {
    /// What holds instead where an inference has more input than so many tokens: for all of its tokens.
    package struct LongInput: Sendable, Hashable {
        package let above: Int64
        /// nil when it is not known.
        package let rates: TokenRates?

        package init(above: Int64, rates: TokenRates?) {
            self.above = above
            self.rates = rates
        }
    }

    package let rates: TokenRates
    package let longInput: LongInput?
    /// The most that the model writes in one answer; nil when that is not known.
    package let outputTokensMax: Int64?

    package init(_ rates: TokenRates, longInput: LongInput? = nil, outputTokensMax: Int64? = nil) {
        self.rates = rates
        self.longInput = longInput
        self.outputTokensMax = outputTokensMax
    }

    /// In micro-USD, to the nearest. nil when the price of so long an input is not known, or when it would not fit 63
    /// bits (a provider that lies about usage).
    package func cost(_ tokens: Outcome.Tokens) -> Int64? {
        guard let exact = exact(tokens), exact <= .max - Self.million else { return nil }
        return (exact + Self.million / 2) / Self.million
    }

    /// In micro-USD, rounded up.
    package func charge(_ tokens: Outcome.Tokens) -> Int64? {
        exact(tokens).map(Self.roundedUp)
    }

    /// What up to so many tokens can cost at most, in micro-USD, rounded up; nil as for `cost`.
    package func ceiling(input: Int64, output: Int64) -> Int64? {
        var most = rates.dearest
        if let longInput, input > longInput.above {
            guard let long = longInput.rates?.dearest else { return nil }
            most = (max(most.input, long.input), max(most.output, long.output))
        }
        var sum = Sum()
        sum.add(max(0, input), at: most.input)
        sum.add(max(0, output), at: most.output)
        return sum.value.map(Self.roundedUp)
    }

    private static let million: Int64 = 1_000_000

    private static func roundedUp(_ exact: Int64) -> Int64 {
        exact / million + (exact % million > 0 ? 1 : 0)
    }

    /// In millionths of a micro-USD.
    private func exact(_ tokens: Outcome.Tokens) -> Int64? {
        var rates = rates
        if let longInput, tokens.input > longInput.above {
            guard let long = longInput.rates else { return nil }
            rates = long
        }
        // A provider that names more parts than there is whole is not given the difference.
        let cached = min(max(0, tokens.cached), tokens.input)
        let written = min(max(0, tokens.cacheWritten), tokens.input - cached)
        let reasoning = min(max(0, tokens.reasoning), tokens.output)
        var sum = Sum()
        sum.add(tokens.input - cached - written, at: rates.input)
        sum.add(cached, at: rates.cachedInput ?? rates.input)
        let long = min(max(0, tokens.cacheWrittenLong), written)
        sum.add(written - long, at: rates.cacheWrite ?? rates.input)
        sum.add(long, at: rates.cacheWriteLong ?? rates.cacheWrite ?? rates.input)
        sum.add(tokens.output - reasoning, at: rates.output)
        sum.add(reasoning, at: rates.reasoning ?? rates.output)
        return sum.value
    }

    /// A sum of products that knows when it does not fit.
    private struct Sum {
        private(set) var value: Int64? = 0

        mutating func add(_ count: Int64, at rate: Int64) {
            guard let sum = value else { return }
            let (product, overflow) = count.multipliedReportingOverflow(by: rate)
            let (next, past) = sum.addingReportingOverflow(product)
            value = overflow || past ? nil : next
        }
    }
}
