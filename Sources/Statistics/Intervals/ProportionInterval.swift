/// A proportion with the interval in which it is believed to lie.
package struct ProportionInterval: Sendable, Hashable {
    /// The lower end, 0…1.
    package let low: Double
    /// The upper end, 0…1.
    package let high: Double
    /// What was observed: successes over trials; 0 where there were no trials.
    package let value: Double

    /// Takes the three as they are.
    package init(low: Double, high: Double, value: Double) {
        self.low = low
        self.high = high
        self.value = value
    }

    /// Wilson's score interval (JASA 22, 1927): sensible at 0 and at all of few trials, where the textbook one has no
    /// width. Valid at a sample size fixed beforehand; whoever looks again and again needs a confidence sequence.
    /// - Parameters:
    ///   - successes: clamped to 0…trials.
    ///   - confidence: in 0..<1.
    /// - Returns: 0…1 when there are no trials.
    package static func wilson(successes: Int, trials: Int, confidence: Double = 0.95) -> ProportionInterval {
        guard trials > 0 else { return ProportionInterval(low: 0, high: 1, value: 0) }
        let successes = min(max(successes, 0), trials)
        let n = Double(trials)
        let p = Double(successes) / n
        let z = NormalDistribution.twoSidedQuantile(confidence: confidence)
        let z2 = z * z
        let centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        let half = z / (1 + z2 / n) * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
        // At the ends the bound is exact, which rounding would miss by an ulp.
        return ProportionInterval(
            low: successes == 0 ? 0 : max(0, centre - half), high: successes == trials ? 1 : min(1, centre + half),
            value: p)
    }
}
