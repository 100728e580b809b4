import Glibc

/// An average of latencies that jumps up at once and comes down slowly: the peak EWMA of Finagle's load balancer
/// (twitter.github.io/finagle, "Power of Two Choices + Peak EWMA"). What is not asked forgets: its average goes to
/// nothing, so that it is tried again. A value; instants and latencies are nanoseconds.
struct PeakAverage: Sendable, Equatable {
    /// In which an average falls to 1/e of itself.
    static let decayTime: Double = 10e9

    private var average: Double = 0
    private var stamp: UInt64 = 0

    /// 0 for nothing known.
    func value(at now: UInt64) -> Double {
        guard average > 0 else { return 0 }
        return average * Self.weight(of: now > stamp ? now - stamp : 0)
    }

    mutating func observe(_ latency: UInt64, at now: UInt64) {
        let latency = Double(latency)
        let decayed = value(at: now)
        // The first tells all that there is to know.
        let weight = average > 0 ? Self.weight(of: now > stamp ? now - stamp : 0) : 0
        average = max(latency, decayed + latency * (1 - weight))
        stamp = max(stamp, now)
    }

    private static func weight(of elapsed: UInt64) -> Double { exp(-Double(elapsed) / decayTime) }
}
