import Synchronization

/// One sleep: resumed once, by its timer or by cancellation, whichever comes first and from whichever thread.
final class Sleeper: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, any Error>)
        case finished
    }

    private let loop: EventLoop
    private let state = Mutex(State.idle)
    private let timer = LoopBox<TimerToken>()

    init(loop: EventLoop) { self.loop = loop }

    func begin(_ continuation: CheckedContinuation<Void, any Error>, _ duration: Duration) {
        let wasCancelled = state.withLock { state in
            if case .finished = state { return true }
            state = .waiting(continuation)
            return false
        }
        if wasCancelled {
            continuation.resume(throwing: CancellationError())
        } else if loop.isCurrent {
            arm(duration)
        } else {
            loop.execute { self.arm(duration) }
        }
    }

    func cancel() {
        take()?.resume(throwing: CancellationError())
        if loop.isCurrent { timer.value?.cancel() } else { loop.execute { self.timer.value?.cancel() } }
    }

    private func arm(_ duration: Duration) {
        let isWaiting = state.withLock { if case .waiting = $0 { true } else { false } }
        guard isWaiting else { return }
        timer.value = loop.schedule(after: duration) { self.take()?.resume() }
    }

    private func take() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            defer { state = .finished }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
    }
}
