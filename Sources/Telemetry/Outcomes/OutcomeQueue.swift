package import Domain
import Synchronization

/// Where the gateway leaves its outcomes: bounded, never waiting. What does not fit is counted and shown in `/metrics`.
package final class OutcomeQueue: OutcomeRecorder {
    /// Monotonic counts since the start. `recorded` = `settled` + what waits.
    package struct Counts: Sendable, Equatable {
        package var recorded: UInt64 = 0
        /// Written, or given up and counted in `dropped`.
        package var settled: UInt64 = 0
        package var dropped: UInt64 = 0
    }

    private struct State {
        var waiting: [Outcome] = []
        var counts = Counts()
    }

    private let capacity: Int
    private let wakeCount: Int
    private let state = Mutex(State())
    /// Rings when the queue is no longer empty.
    package let arrival = Doorbell()
    /// Rings when a batch is full.
    package let fullBatch = Doorbell()

    /// - Parameters:
    ///   - capacity: outcomes that may wait; beyond it they are dropped.
    ///   - wakeCount: how many make a full batch.
    package init(capacity: Int = 100_000, wakeCount: Int = 1_000) {
        self.capacity = capacity
        self.wakeCount = wakeCount
    }

    package func record(_ outcome: Outcome) {
        let count = state.withLock { state in
            state.counts.recorded += 1
            guard state.waiting.count < capacity else {
                state.counts.dropped += 1
                state.counts.settled += 1
                return -1
            }
            state.waiting.append(outcome)
            return state.waiting.count
        }
        if count == 1 { arrival.ring() }
        if count == wakeCount { fullBatch.ring() }
    }

    package var counts: Counts {
        state.withLock { $0.counts }
    }

    package var depth: Int {
        state.withLock { $0.waiting.count }
    }

    /// The oldest ones, at most `count`. They are not settled before `settle` is called.
    func take(_ count: Int) -> [Outcome] {
        state.withLock { state in
            if state.waiting.count <= count {
                let all = state.waiting
                state.waiting = []
                return all
            }
            let some = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return some
        }
    }

    func settle(_ count: Int) {
        state.withLock { $0.counts.settled += UInt64(count) }
    }

    /// A batch that could not be written goes back to the front; what no longer fits is dropped, the newest first.
    func putBack(_ outcomes: [Outcome]) {
        state.withLock { state in
            let room = max(0, capacity - state.waiting.count)
            let lost = max(0, outcomes.count - room)
            state.waiting.insert(contentsOf: outcomes.prefix(outcomes.count - lost), at: 0)
            state.counts.dropped += UInt64(lost)
            state.counts.settled += UInt64(lost)
        }
    }
}
