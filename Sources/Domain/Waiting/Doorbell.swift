import Synchronization

/// Wakes one waiter; a ring before the wait is remembered, several count as one.
package final class Doorbell: Sendable {
    private enum State {
        case quiet
        case rung
        case waited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    package init() {}

    package func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if case .waited(let waiter) = state {
                state = .quiet
                return waiter
            }
            state = .rung
            return nil
        }
        waiter?.resume()
    }

    /// Returns at the next ring, or when the task is cancelled. One waiter at a time: a second one wakes the first.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    var ready = [CheckedContinuation<Void, Never>]()
                    if case .waited(let former) = state { ready.append(former) }
                    if case .rung = state {
                        state = .quiet
                        ready.append(continuation)
                    } else {
                        state = .waited(continuation)
                    }
                    return ready
                }
                for waiter in ready { waiter.resume() }
                // A cancellation before the continuation stood in `state` rang into the void.
                if Task.isCancelled { ring() }
            }
        } onCancel: {
            ring()
        }
    }

    /// Returns at the next ring or after `duration`, whichever is first.
    package func wait(atMost duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
