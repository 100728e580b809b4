import JSON
import SQL
import Statistics

/// Counts of values in 0…1: probe passes, feedback scores. Their sums are exact, so tallies of parts add up.
struct Tally {
    private(set) var count = 0
    private var sum = 0.0
    private var sumOfSquares = 0.0

    init(count: Int = 0, sum: Double = 0, sumOfSquares: Double = 0) {
        self.count = count
        self.sum = sum
        self.sumOfSquares = sumOfSquares
    }

    mutating func add(_ other: Tally) {
        count += other.count
        sum += other.sum
        sumOfSquares += other.sumOfSquares
    }

    var mean: Double? { count > 0 ? sum / Double(count) : nil }

    /// 95%: by Wilson's score where all values are 0 or 1, else by the normal approximation, cut to 0…1.
    var interval: (low: Double, high: Double)? {
        guard let mean else { return nil }
        if sum == sumOfSquares {
            let interval = ProportionInterval.wilson(successes: Int(sum.rounded()), trials: count)
            return (interval.low, interval.high)
        }
        guard count > 1 else { return (0, 1) }
        let variance = max(0, (sumOfSquares - sum * mean) / Double(count - 1))
        let half = 1.959_964 * (variance / Double(count)).squareRoot()
        return (max(0, mean - half), min(1, mean + half))
    }

    /// - Parameter name: of the member that holds the mean.
    func json(_ name: String) -> JSONObject {
        guard let mean, let interval else { return [name: .null, "n": 0, "low": .null, "high": .null] }
        return [
            name: .share(mean), "n": .integer(Int64(count)), "low": .share(interval.low), "high": .share(interval.high),
        ]
    }
}
