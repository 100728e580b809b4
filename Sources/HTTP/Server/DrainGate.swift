import Synchronization

/// Waits for every loop to be empty, or for the deadline, whichever comes first.
final class DrainGate: Sendable {
    private struct State {
        var missing: Int
        var continuation: CheckedContinuation<Bool, Never>?
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(missing: count)) }

    func wait(_ continuation: CheckedContinuation<Bool, Never>) { state.withLock { $0.continuation = continuation } }

    func arrive() {
        let continuation = state.withLock { state in
            state.missing -= 1
            return state.missing == 0 ? state.continuation.take() : nil
        }
        continuation?.resume(returning: true)
    }

    func expire() { state.withLock { $0.continuation.take() }?.resume(returning: false) }
}
