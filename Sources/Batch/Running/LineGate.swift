import Domain
import Synchronization

/// Lets lines of all batches begin: so many at once, in turn, and none while callers need all that there is.
final class LineGate: Sendable {
    private let permits: CallPermits
    private let isBusy: @Sendable () -> Bool
    private let poll: Duration
    private let isClosed = Atomic<Bool>(false)
    private let running = Atomic<Int>(0)

    init(_ settings: BatchSettings, isBusy: @escaping @Sendable () -> Bool) {
        permits = CallPermits(settings.concurrency)
        poll = .milliseconds(settings.pollMilliseconds)
        self.isBusy = isBusy
    }

    /// Lines that are being asked.
    var count: Int { running.load(ordering: .sequentiallyConsistent) }

    /// From now on no line begins.
    func close() { isClosed.store(true, ordering: .sequentiallyConsistent) }

    /// - Returns: false when the task was cancelled: there is nothing to leave then.
    func enter() async -> Bool {
        guard await permits.acquire() else { return false }
        while !Task.isCancelled {
            // Counted first: who has closed it and then sees nobody can rely on it.
            running.add(1, ordering: .sequentiallyConsistent)
            if isOpen { return true }
            running.subtract(1, ordering: .sequentiallyConsistent)
            // With a permit: as many as may begin look, however many wait behind them.
            try? await Task.sleep(for: poll)
        }
        permits.release()
        return false
    }

    func leave() {
        running.subtract(1, ordering: .sequentiallyConsistent)
        permits.release()
    }

    private var isOpen: Bool { !isClosed.load(ordering: .sequentiallyConsistent) && !isBusy() }
}
