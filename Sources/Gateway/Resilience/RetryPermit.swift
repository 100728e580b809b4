import Reactor
import Synchronization

/// The leave to ask an upstream once more, taken out of its budget. Whoever lets it go without having asked gives it
/// back: nobody waited for the retry, or the breaker has opened meanwhile, or a limit forbade it.
final class RetryPermit: Sendable {
    private let health: UpstreamHealth
    private let isUsed = Atomic<Bool>(false)

    init(of health: UpstreamHealth) { self.health = health }

    deinit {
        if !isUsed.load(ordering: .relaxed) { health.notRetried(at: .now()) }
    }

    /// It is asked.
    func use(at now: MonotonicInstant) {
        isUsed.store(true, ordering: .relaxed)
        health.retried(at: now)
    }
}
