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

    /// A later word may make it longer, and never shorter.
    func extend(to instant: UInt64) { _ = end.max(instant, ordering: .relaxed) }
}
