import HeapModule

/// The timers of one loop. A cancelled entry stays in the heap until it is due or until such entries are the majority,
/// so that cancelling is a store and a timer per connection costs nothing per request.
final class TimerQueue {
    private var heap = Heap<TimerEntry>()
    private var sequence: UInt64 = 0
    private var cancelledCount = 0

    /// Below this many entries, sweeping would cost more than it saves.
    private let sweepThreshold = 64

    var count: Int { heap.count - cancelledCount }
    var isEmpty: Bool { heap.isEmpty }

    func schedule(at deadline: MonotonicInstant, _ work: @escaping () -> Void) -> TimerToken {
        let token = TimerToken(queue: self, work: work)
        heap.insert(TimerEntry(deadline: deadline, sequence: sequence, token: token))
        sequence += 1
        return token
    }

    func noteCancelled() {
        cancelledCount += 1
        if heap.count > sweepThreshold, cancelledCount * 2 > heap.count { sweep() }
    }

    /// The next deadline; an entry that was cancelled may make it early, never late.
    var nextDeadline: MonotonicInstant? { heap.min?.deadline }

    /// The work of the earliest entry that is due at `now`, or nil when none is.
    func popDue(at now: MonotonicInstant) -> (() -> Void)? {
        while let first = heap.min, first.deadline <= now {
            heap.removeMin()
            if let work = first.token.take() { return work }
            cancelledCount -= 1
        }
        return nil
    }

    func removeAll() {
        let entries = heap.unordered
        heap = Heap()
        cancelledCount = 0
        for entry in entries { _ = entry.token.take() }
    }

    private func sweep() {
        heap = Heap(heap.unordered.filter { $0.token.work != nil })
        cancelledCount = 0
    }
}
