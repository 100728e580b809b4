/// What a million tokens cost, in micro-units of the currency (1 USD = 1,000,000).
package struct Price: Sendable, Hashable {
    package let inputMicroUSDPerMillionTokens: Int64
    package let outputMicroUSDPerMillionTokens: Int64

    package init(inputMicroUSDPerMillionTokens: Int64, outputMicroUSDPerMillionTokens: Int64) {
        self.inputMicroUSDPerMillionTokens = inputMicroUSDPerMillionTokens
        self.outputMicroUSDPerMillionTokens = outputMicroUSDPerMillionTokens
    }

    /// Cost in micro-USD, rounded to the nearest; nil when it would not fit 63 bits (a provider that lies about usage).
    package func cost(inputTokens: Int64, outputTokens: Int64) -> Int64? {
        let input = inputTokens.multipliedReportingOverflow(by: inputMicroUSDPerMillionTokens)
        let output = outputTokens.multipliedReportingOverflow(by: outputMicroUSDPerMillionTokens)
        let sum = input.partialValue.addingReportingOverflow(output.partialValue)
        let rounded = sum.partialValue.addingReportingOverflow(500_000)
        guard !input.overflow, !output.overflow, !sum.overflow, !rounded.overflow else { return nil }
        return rounded.partialValue / 1_000_000
    }
}
