import Glibc

/// How long an answer is in coming: lognormal, as latencies of model providers are, or constant.
struct LatencyDistribution: Sendable {
    private let medianMilliseconds: Double
    /// Of the logarithm; 0 where the latency is constant.
    private let deviation: Double

    /// The 95th percentile of the standard normal distribution.
    private static let normalP95 = 1.644_853_626_951_472_7

    /// The longest wait there is: a lognormal distribution has no upper end.
    static let millisecondsMax = 120_000.0

    init(_ settings: SimulatorSettings) {
        medianMilliseconds = settings.latencyMedianMilliseconds
        let p95 = settings.latencyP95Milliseconds
        deviation = p95 > medianMilliseconds ? log(p95 / medianMilliseconds) / Self.normalP95 : 0
    }

    var isZero: Bool { medianMilliseconds == 0 }

    /// The latency that this hash stands for.
    func milliseconds(_ hash: SeededHash) -> Double {
        guard deviation > 0 else { return min(medianMilliseconds, Self.millisecondsMax) }
        // Box and Muller; 1 - unit is never 0, whose logarithm there is none.
        let radius = sqrt(-2 * log(1 - hash.unit))
        let normal = radius * cos(2 * .pi * hash.mixing(1).unit)
        return min(medianMilliseconds * exp(deviation * normal), Self.millisecondsMax)
    }
}
