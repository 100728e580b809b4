import Reactor
import Synchronization

/// What one loop's load was when it was last looked at, for others to read.
final class LoadReading: Sendable {
    private let delay = Atomic<UInt64>(0)
    private let share = Atomic<Int>(0)
    private let readAt = Atomic<UInt64>(0)

    /// A reading this old, in nanoseconds, says nothing: no inference has asked since.
    private static let ageMax: UInt64 = 5_000_000_000

    func set(_ shedding: LoadShedding, at now: UInt64) {
        delay.store(shedding.standingDelay, ordering: .relaxed)
        share.store(shedding.share, ordering: .relaxed)
        readAt.store(now, ordering: .relaxed)
    }

    func add(to sum: inout ServerCounters) {
        let now = MonotonicInstant.now().nanoseconds
        guard now < readAt.load(ordering: .relaxed) &+ Self.ageMax else { return }
        sum.queueDelayNanoseconds = max(sum.queueDelayNanoseconds, delay.load(ordering: .relaxed))
        sum.shedShare = max(sum.shedShare, share.load(ordering: .relaxed))
    }
}
