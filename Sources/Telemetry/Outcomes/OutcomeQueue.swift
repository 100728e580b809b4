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
        /// Inferences whose bodies were left out because too many bytes of others waited.
        package var bodiesCrowdedOut: UInt64 = 0
        /// Inferences whose bodies were lost with their outcome.
        package var bodiesDropped: UInt64 = 0
    }

    private struct State {
        /// Full but for the last one, which is being filled.
        var batches: [OutcomeBatch] = []
        var waiting = 0
        var spare: OutcomeBatch?
        var counts = Counts()
        /// Of the bodies of outcomes that are not settled.
        var bodyBytes = 0
        /// Those that nobody has made ready for the file, in order.
        var unpacked: [OutcomeBodies] = []

        mutating func append(_ outcome: Outcome, batchMax: Int) {
            if batches.isEmpty || batches[batches.count - 1].outcomes.count >= batchMax {
                batches.append(spare ?? OutcomeBatch())
                spare = nil
            }
            batches[batches.count - 1].outcomes.append(outcome)
            waiting += 1
        }

        /// The bodies of the outcome that was appended last stay with it, if there is room for them.
        mutating func admit(_ bodies: OutcomeBodies, of outcome: Outcome, bytesMax: Int) {
            let bytes = bodies.bytesHeld
            guard bodyBytes + bytes <= bytesMax else {
                outcome.bodies = nil
                counts.bodiesCrowdedOut += 1
                return
            }
            bodyBytes += bytes
            batches[batches.count - 1].bodyBytes += bytes
            unpacked.append(bodies)
        }
    }

    private let capacity: Int
    private let batchMax: Int
    private let bodyBytesMax: Int
    private let state = Mutex(State())
    /// Rings when the queue is no longer empty.
    package let arrival = Doorbell()
    /// Rings when a batch is full.
    package let fullBatch = Doorbell()

    /// - Parameters:
    ///   - capacity: outcomes that may wait; beyond it they are dropped.
    ///   - batchMax: how many make a full batch.
    ///   - bodyBytesMax: of the bodies of outcomes that wait; beyond it outcomes go without theirs.
    package init(capacity: Int = 100_000, batchMax: Int = 1_000, bodyBytesMax: Int = 64 << 20) {
        self.bodyBytesMax = bodyBytesMax
        self.capacity = capacity
        self.batchMax = max(batchMax, 1)
    }

    package func record(_ outcome: Outcome) {
        let count = state.withLock { state in
            state.counts.recorded += 1
            guard state.waiting < capacity else {
                state.counts.dropped += 1
                state.counts.settled += 1
                if outcome.bodies != nil { state.counts.bodiesDropped += 1 }
                return -1
            }
            state.append(outcome, batchMax: batchMax)
            if let bodies = outcome.bodies { state.admit(bodies, of: outcome, bytesMax: bodyBytesMax) }
            return state.waiting
        }
        if count == 1 { arrival.ring() }
        if count == batchMax { fullBatch.ring() }
    }

    package var counts: Counts {
        state.withLock { $0.counts }
    }

    package var depth: Int {
        state.withLock { $0.waiting }
    }

    /// Bodies that came since the last call, for whoever makes them ready for the file before their turn comes.
    func takeUnpacked() -> [OutcomeBodies] {
        state.withLock { state in
            guard !state.unpacked.isEmpty else { return [] }
            defer { state.unpacked = [] }
            return state.unpacked
        }
    }

    /// The oldest ones, at most `batchMax`; nil when there are none. They are not settled before `settle` is called.
    func take() -> OutcomeBatch? {
        state.withLock { state in
            guard !state.batches.isEmpty else { return nil }
            let batch = state.batches.removeFirst()
            state.waiting -= batch.outcomes.count
            return batch
        }
    }

    /// A batch is in the file, or counted as lost: it is emptied for the outcomes to come.
    func settle(_ batch: OutcomeBatch) {
        let count = UInt64(batch.outcomes.count)
        let bodyBytes = batch.bodyBytes
        batch.outcomes.removeAll(keepingCapacity: true)
        batch.bodyBytes = 0
        state.withLock { state in
            state.bodyBytes -= bodyBytes
            state.counts.settled += count
            state.spare = batch
        }
    }

    /// Counts some of a batch that is yet to be settled as lost.
    func drop(_ count: Int) {
        state.withLock { $0.counts.dropped += UInt64(count) }
    }

    /// Counts bodies of a batch whose outcomes are counted as lost.
    func dropBodies(_ count: Int) {
        state.withLock { $0.counts.bodiesDropped += UInt64(count) }
    }

    /// A batch that could not be written goes back to the front; what no longer fits is dropped, the newest first.
    func putBack(_ batch: OutcomeBatch) {
        state.withLock { state in
            let room = max(0, capacity - state.waiting)
            let lost = max(0, batch.outcomes.count - room)
            for bodies in batch.outcomes.suffix(lost).compactMap(\.bodies) {
                state.bodyBytes -= bodies.bytesHeld
                batch.bodyBytes -= bodies.bytesHeld
                state.counts.bodiesDropped += 1
            }
            batch.outcomes.removeLast(lost)
            state.counts.dropped += UInt64(lost)
            state.counts.settled += UInt64(lost)
            guard !batch.outcomes.isEmpty else { return }
            state.batches.insert(batch, at: 0)
            state.waiting += batch.outcomes.count
        }
    }
}
