/// Student's t distribution.
package enum StudentDistribution {
    /// P(T ≤ t) with `freedom` degrees of freedom.
    package static func cumulative(_ t: Double, freedom: Double) -> Double {
        let tail = BetaFunction.regularized(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
        return t < 0 ? tail : 1 - tail
    }

    /// The t with P(T ≤ t) = p, 0 < p < 1, by bisection of the tail to the last bits of a double.
    package static func quantile(_ p: Double, freedom: Double) -> Double {
        guard p > 0, p < 1, freedom > 0 else { return .nan }
        if p == 0.5 { return 0 }
        let tail = min(p, 1 - p)
        // P(T > t) falls in t: double until below the tail, then halve the bracket.
        var high = 1.0
        while upperTail(high, freedom) > tail, high < 1e300 { high *= 2 }
        var low = high == 1 ? 0 : high / 2
        for _ in 0..<200 {
            let middle = (low + high) / 2
            guard middle > low, middle < high else { break }
            if upperTail(middle, freedom) > tail { low = middle } else { high = middle }
        }
        return p < 0.5 ? -high : high
    }

    private static func upperTail(_ t: Double, _ freedom: Double) -> Double {
        BetaFunction.regularized(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
    }
}
