import Domain
import Synchronization

/// Receives outcomes, and lets a test wait for them.
final class OutcomeLog: OutcomeRecorder {
    private struct State {
        var outcomes: [Outcome] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<[Outcome], Never>)] = []
    }

    private let state = Mutex(State())

    func record(_ outcome: Outcome) {
        let (outcomes, due) = state.withLock { state in
            state.outcomes.append(outcome)
            let count = state.outcomes.count
            let due = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return (state.outcomes, due)
        }
        for waiter in due { waiter.continuation.resume(returning: outcomes) }
    }

    var count: Int { state.withLock { $0.outcomes.count } }

    /// The first `count` outcomes, as soon as there are so many.
    func first(_ count: Int) async -> [Outcome] {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> [Outcome]? in
                if state.outcomes.count >= count { return state.outcomes }
                state.waiters.append((count, continuation))
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    func one() async -> Outcome {
        await first(1)[0]
    }
}
