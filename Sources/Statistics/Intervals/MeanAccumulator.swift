/// Mean and variance of a stream in one pass (Welford 1962), mergeable (Chan, Golub, LeVeque 1979).
package struct MeanAccumulator: Sendable, Equatable {
    /// How many values were taken.
    package private(set) var count: UInt64 = 0
    private var centre = 0.0
    /// The sum of squared distances from the mean.
    private var squares = 0.0

    /// Nothing seen yet.
    package init() {}

    /// Values that are not finite are left out.
    package mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        count += 1
        let delta = value - centre
        centre += delta / Double(count)
        squares += delta * (value - centre)
    }

    /// Takes what another accumulator saw, as if the two streams had been one; the rounding may differ.
    package mutating func merge(_ other: MeanAccumulator) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let (own, others) = (Double(count), Double(other.count))
        let delta = other.centre - centre
        count += other.count
        centre += delta * others / (own + others)
        squares += other.squares + delta * delta * own * others / (own + others)
    }

    /// nil without values.
    package var mean: Double? { count > 0 ? centre : nil }

    /// The unbiased sample variance; nil below two values.
    package var variance: Double? { count > 1 ? max(0, squares) / Double(count - 1) : nil }

    /// Student's interval for the mean, at a sample size fixed beforehand.
    /// - Returns: nil below two values.
    package func interval(confidence: Double = 0.95) -> MeanInterval? {
        guard let variance, confidence > 0, confidence < 1 else { return nil }
        let freedom = Double(count - 1)
        let half =
            StudentDistribution.quantile((1 + confidence) / 2, freedom: freedom)
            * (variance / Double(count)).squareRoot()
        return MeanInterval(low: centre - half, high: centre + half, value: centre)
    }
}
