internal import Glibc

/// Percentiles of a stream of non-negative values from counts in logarithmic buckets (the log-bucketed part of
/// DDSketch: Masson, Rim, Lee, VLDB 2019). A quantile is within 1% of the value that stands at its rank for values in
/// 1e-3…1e9; below and above, values are kept in the outermost buckets, bounded by the exact minimum and maximum.
///
/// Merging sketches gives, bit for bit, the sketch of the joined stream in any order: counts and the sum are integers.
/// Memory is at most 5.5 KiB of buckets, only the span between the lowest and the highest used one.
package struct PercentileSketch: Sendable, Equatable {
    /// How many values were recorded.
    package private(set) var count: UInt64 = 0
    /// How many values were not recorded because they are negative, infinite or not a number.
    package private(set) var refused: UInt64 = 0
    private(set) var zeros: UInt64 = 0
    private(set) var smallest = Double.infinity
    private(set) var largest = -Double.infinity
    private(set) var total = ExactSum()
    private(set) var buckets = BucketCounts()

    /// Nothing recorded yet.
    package init() {}

    /// Records `value` as `count` equal observations. Counts saturate rather than overflow.
    package mutating func add(_ value: Double, count: UInt64 = 1) {
        guard count > 0 else { return }
        guard value >= 0, value.isFinite else {
            refused = refused.addingSaturated(count)
            return
        }
        self.count = self.count.addingSaturated(count)
        // Minus zero is zero: its sign must not make two equal streams differ.
        let value = value == 0 ? 0 : value
        smallest = min(smallest, value)
        largest = max(largest, value)
        if value == 0 {
            zeros = zeros.addingSaturated(count)
        } else {
            total.add(value, count: count)
            buckets.add(count, at: LogScale.bucket(of: value))
        }
    }

    /// Takes what another sketch recorded, exactly as if the two streams had been one.
    package mutating func merge(_ other: PercentileSketch) {
        count = count.addingSaturated(other.count)
        refused = refused.addingSaturated(other.refused)
        zeros = zeros.addingSaturated(other.zeros)
        smallest = min(smallest, other.smallest)
        largest = max(largest, other.largest)
        total.merge(other.total)
        buckets.merge(other.buckets)
    }

    /// The value at rank ⌈q·count⌉ (nearest rank; the first for q = 0), within 1%; the ends are exact.
    /// - Returns: nil when nothing was recorded or `q` is not in 0…1.
    package func quantile(_ q: Double) -> Double? {
        guard count > 0, q >= 0, q <= 1 else { return nil }
        if q == 0 { return smallest }
        if q == 1 { return largest }
        // The slack keeps 0.07 · 100 = 7.000000000000001 at rank 7.
        let exactRank = (q * Double(count) * (1 - 1e-14)).rounded(.up)
        let rank = exactRank >= Double(count) ? count : max(1, UInt64(exactRank))
        if rank == count { return largest }
        if rank == 1 { return smallest }
        if rank <= zeros { return 0 }
        var seen = zeros
        for (bucket, count) in buckets.occupied {
            seen = seen.addingSaturated(count)
            if seen >= rank { return min(max(LogScale.representative(of: bucket), smallest), largest) }
        }
        return largest
    }

    /// The sum of the values, correctly rounded from an exact total.
    package var sum: Double { total.value }
    /// Exact; nil when nothing was recorded.
    package var minimum: Double? { count > 0 ? smallest : nil }
    /// Exact; nil when nothing was recorded.
    package var maximum: Double? { count > 0 ? largest : nil }
    /// From the exact sum; nil when nothing was recorded.
    package var mean: Double? { count > 0 ? sum / Double(count) : nil }

    init(
        refused: UInt64, zeros: UInt64, smallest: Double, largest: Double, total: ExactSum, buckets: BucketCounts,
        count: UInt64
    ) {
        self.refused = refused
        self.zeros = zeros
        self.smallest = smallest
        self.largest = largest
        self.total = total
        self.buckets = buckets
        self.count = count
    }
}

extension UInt64 {
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// Bucket k holds the values in (γ^(k−1), γ^k], γ = (1+α)/(1−α) with α = 1%: the representative 2γ^k/(γ+1) is within α
/// of all.
enum LogScale {
    static let gamma = 1.01 / 0.99
    private static let logGamma = log(gamma)
    /// The buckets of 1e-3 and 1e9; values beyond are kept in these.
    static let range = Int((log(1e-3) / logGamma).rounded(.up))...Int((log(1e9) / logGamma).rounded(.up))

    static func bucket(of value: Double) -> Int {
        let exact = (log(value) / logGamma).rounded(.up)
        return Int(min(max(exact, Double(range.lowerBound)), Double(range.upperBound)))
    }

    static func representative(of bucket: Int) -> Double {
        2 * exp(Double(bucket) * logGamma) / (gamma + 1)
    }
}
