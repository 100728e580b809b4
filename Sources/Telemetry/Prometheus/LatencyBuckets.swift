/// Counts of latencies by the bounds of the Prometheus histogram; cumulated when it is shown.
struct LatencyBuckets: Sendable, Equatable {
    /// Seconds.
    static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

    private var counts = SIMD16<UInt64>.zero

    mutating func add(milliseconds: Double) {
        var index = 0
        while index < Self.bounds.count, milliseconds / 1_000 > Self.bounds[index] { index += 1 }
        counts[index] &+= 1
    }

    mutating func merge(_ other: LatencyBuckets) {
        counts &+= other.counts
    }

    /// For each bound, how many were at most that.
    var cumulated: [UInt64] {
        var sum: UInt64 = 0
        return Self.bounds.indices.map { index in
            sum &+= counts[index]
            return sum
        }
    }
}
