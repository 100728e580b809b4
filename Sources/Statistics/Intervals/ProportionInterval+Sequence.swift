internal import Glibc

package extension ProportionInterval {
    /// A confidence sequence for a success probability: it covers the truth at all numbers of trials at once, so it may
    /// be looked at after every trial and acted on at any. Beta-binomial mixture (Howard et al. 2021), valid at every
    /// count for independent trials of one probability.
    /// - Parameters:
    ///   - successes: clamped to 0…trials.
    ///   - confidence: in 0..<1.
    ///   - tightestAt: the number of trials at which it is about narrowest; at least 1. It must not depend on what was
    ///     seen.
    /// - Returns: 0…1 when there are no trials.
    static func sequence(
        successes: Int, trials: Int, confidence: Double = 0.95, tightestAt trialsBest: Int = 100
    ) -> ProportionInterval {
        guard trials > 0, confidence > 0, confidence < 1 else { return ProportionInterval(low: 0, high: 1, value: 0) }
        let successes = min(max(successes, 0), trials)
        let value = Double(successes) / Double(trials)
        let alpha = 1 - confidence
        func isRefuted(_ p: Double) -> Bool {
            guard p > 0, p < 1 else { return true }
            let variance = p * (1 - p)
            let mixture = BetaBinomialMixture(
                tightestAt: Double(max(1, trialsBest)) * variance, alpha: alpha, below: p, above: 1 - p)
            let excess = Double(successes) - Double(trials) * p
            return mixture.logEvidence(sum: excess, time: Double(trials) * variance) > -log(alpha)
        }
        return ProportionInterval(
            low: successes == 0 ? 0 : edge(of: isRefuted, refuted: 0, kept: value),
            high: successes == trials ? 1 : edge(of: isRefuted, refuted: 1, kept: value), value: value)
    }

    /// Where refutation begins between a refuted and a kept probability, by halving; on the refuted side of the last
    /// halving, so that rounding never makes the interval too narrow.
    private static func edge(of isRefuted: (Double) -> Bool, refuted: Double, kept: Double) -> Double {
        var refuted = refuted
        var kept = kept
        for _ in 0..<60 {
            let middle = (refuted + kept) / 2
            if isRefuted(middle) { refuted = middle } else { kept = middle }
        }
        return refuted
    }
}
