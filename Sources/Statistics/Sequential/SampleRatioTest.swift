internal import Glibc

/// Is the split what was asked for? The sequential multinomial test of Lindon and Malek (2022): it may be looked at
/// after every assignment. Alarm below 0.001.
package struct SampleRatioTest: Sendable, Equatable {
    /// The expected shares, which sum to one.
    package let weights: [Double]
    /// How strongly the alternative is drawn to the expected shares.
    package let concentration: Double
    /// The smallest p-value seen so far: the running minimum is what makes looking again harmless.
    package private(set) var pValue = 1.0

    /// - Parameter weights: of the arms, all above zero; scaled to sum to one.
    /// - Returns: nil for fewer than two arms, or a weight that is not above zero.
    package init?(weights: [Double], concentration: Double = 100) {
        let sum = weights.reduce(0, +)
        guard weights.count > 1, weights.allSatisfy({ $0 > 0 }), sum.isFinite, concentration > 0 else { return nil }
        self.weights = weights.map { $0 / sum }
        self.concentration = concentration
    }

    /// Looks at the counts so far, one per arm; counts of another number of arms are not looked at.
    package mutating func observe(_ counts: [UInt64]) {
        guard counts.count == weights.count else { return }
        pValue = min(pValue, exp(-logBayesFactor(counts)))
    }

    /// ln of the evidence against the expected shares.
    private func logBayesFactor(_ counts: [UInt64]) -> Double {
        let prior = weights.map { $0 * concentration }
        let posterior = zip(prior, counts).map { $0 + Double($1) }
        let likelihood = zip(weights, counts).reduce(0) { $0 + Double($1.1) * log($1.0) }
        return logBeta(posterior) - logBeta(prior) - likelihood
    }

    /// ln of the multivariate beta function.
    private func logBeta(_ shape: [Double]) -> Double {
        shape.reduce(0) { $0 + BetaFunction.logGamma($1) } - BetaFunction.logGamma(shape.reduce(0, +))
    }
}
