import Synchronization

/// Lets a caller wait until the last of some threads has left.
final class SQLiteDeparture: Sendable {
    private struct State {
        var threads: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(threads: Int) { state = Mutex(State(threads: threads)) }

    func leave() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.threads -= 1
            guard state.threads == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.waiting.append(continuation) }
                return state.threads <= 0
            }
            if isOver { continuation.resume() }
        }
    }
}
