internal import Glibc

/// An asymptotic confidence sequence for a mean (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: Annals of Statistics
/// 2024): the interval may be looked at after every observation and holds at all times together.
package struct ConfidenceSequence: Sendable, Hashable {
    /// One minus the confidence.
    package let alpha: Double
    /// The mixture's scale: tightest at the sample size that was planned for.
    package let rho: Double

    /// - Parameters:
    ///   - alpha: in 0..<1, not 0.
    ///   - plannedCount: the number of observations at which the interval should be tightest; at least 1.
    package init(alpha: Double = 0.05, plannedCount: Int = 5000) {
        self.alpha = alpha
        let spread = -2 * log(alpha) + log(1 - 2 * log(alpha))
        rho = (spread / Double(max(1, plannedCount))).squareRoot()
    }

    /// Half the width of the two-sided interval.
    /// - Parameter variance: of one observation, not of the mean.
    /// - Returns: infinite without observations.
    package func halfWidth(count: UInt64, variance: Double) -> Double {
        guard count > 0 else { return .infinity }
        let n = Double(count)
        let scaled = n * rho * rho
        let factor = 2 * (scaled + 1) / scaled * log((scaled + 1).squareRoot() / alpha)
        return (max(0, variance) / n * factor).squareRoot()
    }

    /// The interval for what was accumulated so far; nil below two values.
    package func interval(_ accumulator: MeanAccumulator) -> MeanInterval? {
        guard let mean = accumulator.mean, let variance = accumulator.variance else { return nil }
        let half = halfWidth(count: accumulator.count, variance: variance)
        return MeanInterval(low: mean - half, high: mean + half, value: mean)
    }
}
