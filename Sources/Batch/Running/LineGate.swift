import Domain
import Synchronization

/// Lets lines of all batches begin: so many at once, shared among projects and their batches, and none while callers
/// need all that there is.
final class LineGate: Sendable {
    private let permits: SharedPermits
    private let isBusy: @Sendable () -> Bool
    private let poll: Duration
    private let isClosed = Atomic<Bool>(false)
    private let running = Atomic<Int>(0)

    init(_ settings: BatchSettings, isBusy: @escaping @Sendable () -> Bool) {
        permits = SharedPermits(settings.concurrency)
        poll = .milliseconds(settings.pollMilliseconds)
        self.isBusy = isBusy
    }

    /// Lines that are being asked.
    var count: Int { running.load(ordering: .sequentiallyConsistent) }

    /// From now on no line begins.
    func close() { isClosed.store(true, ordering: .sequentiallyConsistent) }

    /// - Returns: false when the task was cancelled: there is nothing to leave then.
    func enter(_ claim: PermitShares.Claim) async -> Bool {
        guard await permits.acquire(for: claim) else { return false }
        while !Task.isCancelled {
            // Counted first: who has closed it and then sees nobody can rely on it.
            running.add(1, ordering: .sequentiallyConsistent)
            if isOpen { return true }
            running.subtract(1, ordering: .sequentiallyConsistent)
            // With a permit: as many as may begin look, however many wait behind them.
            try? await Task.sleep(for: poll)
        }
        permits.release(claim)
        return false
    }

    func leave(_ claim: PermitShares.Claim) {
        running.subtract(1, ordering: .sequentiallyConsistent)
        permits.release(claim)
    }

    private var isOpen: Bool { !isClosed.load(ordering: .sequentiallyConsistent) && !isBusy() }
}
