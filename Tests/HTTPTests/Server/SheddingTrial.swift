@testable import HTTP

/// A controller of overload with a clock of its own: milliseconds here, nanoseconds there.
final class SheddingTrial {
    static let millisecond: UInt64 = 1_000_000
    static let start = 3_600_000 * millisecond

    var shedding: LoadShedding
    var now = SheddingTrial.start

    /// - Parameters: milliseconds.
    init(target: UInt64 = 20, interval: UInt64 = 100) {
        shedding = LoadShedding(target: target * Self.millisecond, interval: interval * Self.millisecond)
    }

    /// A second one that was told the same.
    func copy() -> SheddingTrial {
        let copy = SheddingTrial()
        copy.shedding = shedding
        copy.now = now
        return copy
    }

    /// Turns of `length` milliseconds one after the other, each with one piece of new work and each finding what waited
    /// for the one before it.
    /// - Returns: how much of the work was shed.
    func turns(count: Int, of length: UInt64) -> Int {
        var shed = 0
        for _ in 0..<count {
            _ = shedding.observe(delay: length * Self.millisecond, at: now)
            if shedding.sheds() { shed += 1 }
            now += length * Self.millisecond
        }
        return shed
    }
}
