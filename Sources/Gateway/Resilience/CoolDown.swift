import Reactor
import Synchronization

/// Until when a model of a provider is asked only if nothing else can be: the provider said that it has had enough.
/// By model, since that is how providers limit.
final class CoolDown: Sendable {
    /// Nanoseconds of the loops' clock; 0 while it never was.
    private let end = Atomic<UInt64>(0)

    @inline(__always)
    func isOver(at now: MonotonicInstant) -> Bool { end.load(ordering: .relaxed) <= now.nanoseconds }

    /// Nanoseconds.
    func remaining(at now: MonotonicInstant) -> UInt64 {
        let end = end.load(ordering: .relaxed)
        return end > now.nanoseconds ? end - now.nanoseconds : 0
    }

    /// Answers of 429 without a word about the time, since the last answer of use.
    private let strikes = Atomic<Int>(0)

    @inline(__always)
    var isStruck: Bool { strikes.load(ordering: .relaxed) > 0 }

    /// - Returns: whether it was not the first.
    func strike() -> Bool { strikes.add(1, ordering: .relaxed).newValue > 1 }

    func finish() {
        end.store(0, ordering: .relaxed)
        forgetStrikes()
    }

    func forgetStrikes() { strikes.store(0, ordering: .relaxed) }

    /// A later word may make it longer, and never shorter.
    func extend(to instant: UInt64) { _ = end.max(instant, ordering: .relaxed) }
}
