internal import Glibc

/// The two-sided beta-binomial mixture supermartingale (Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 49,
/// 2021, section 3), for sums of increments that fall at most g below and rise at most h above their mean.
package struct BetaBinomialMixture: Sendable {
    private let r: Double
    private let g: Double
    private let h: Double

    /// - Parameters:
    ///   - time: the intrinsic time (sum of variances) at which evidence is sought hardest.
    ///   - below, above: how far an increment can fall below and rise above its mean; both positive.
    package init(tightestAt time: Double, alpha: Double, below: Double, above: Double) {
        (g, h) = (below, above)
        // The precision of the matching normal mixture; never at or below zero, where the mixing distribution ends.
        r = max(NormalMixture.precision(tightestAt: time, alpha: alpha) - g * h, 1e-3 * g * h)
    }

    /// The logarithm of the evidence that the increments do not have the mean they are said to have.
    /// - Parameters:
    ///   - sum: of the increments, each less its supposed mean.
    ///   - time: the sum of their variances under the supposition.
    package func logEvidence(sum: Double, time: Double) -> Double {
        let width = g + h
        let upper = h * width
        let lower = g * width
        return time / (g * h) * log(width) - (time + h * sum) / upper * log(g) - (time - g * sum) / lower * log(h)
            + BetaFunction.log((r + time - g * sum) / lower, (r + time + h * sum) / upper)
            - BetaFunction.log(r / lower, r / upper)
    }
}
