import Synchronization

/// A body that waits for a database thread, and the caller that waits for its result. Whoever takes the continuation
/// out of the state resumes it, so it is resumed exactly once.
final class SQLiteTicket<Context: SQLiteContext, T: Sendable>: SQLiteJob {
    private enum State {
        case idle
        case waiting(CheckedContinuation<T, any Error>)
        case running(CheckedContinuation<T, any Error>, SQLiteInterruption)
        case finished
    }

    private let state = Mutex(State.idle)
    private let isInterruptible: Bool
    private let body: @Sendable (Context) throws -> T

    init(isInterruptible: Bool, _ body: @escaping @Sendable (Context) throws -> T) {
        self.isInterruptible = isInterruptible
        self.body = body
    }

    /// Queues the body and waits for it.
    func value(from queue: SQLiteQueue<Context>) async throws -> T {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard case .idle = state else { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isCancelled { return continuation.resume(throwing: CancellationError()) }
                do throws(SQLError) {
                    try queue.push(self)
                } catch {
                    fail(error)
                }
            }
        } onCancel: {
            cancel()
        }
    }

    func run(on context: Context) {
        let interruption = context.interruption
        let mayRun = state.withLock { state in
            guard case .waiting(let continuation) = state else { return false }
            interruption.clear()
            state = .running(continuation, interruption)
            return true
        }
        guard mayRun else { return }
        let result = Result { try body(context) }
        let continuation = state.withLock { state -> CheckedContinuation<T, any Error>? in
            guard case .running(let continuation, _) = state else { return nil }
            state = .finished
            return continuation
        }
        if case .failure = result, isInterruptible, interruption.isRequested {
            continuation?.resume(throwing: CancellationError())
        } else {
            continuation?.resume(with: result)
        }
    }

    /// A waiting body never runs; a running read is interrupted; a running write goes on, since its caller must learn
    /// whether it was committed.
    private func cancel() {
        let waiting = state.withLock { state -> CheckedContinuation<T, any Error>? in
            switch state {
            case .idle: state = .finished
            case .waiting(let continuation):
                state = .finished
                return continuation
            // Under the lock, so that the connection is still at this job.
            case .running(_, let interruption): if isInterruptible { interruption.request() }
            case .finished: break
            }
            return nil
        }
        waiting?.resume(throwing: CancellationError())
    }

    private func fail(_ error: SQLError) {
        let waiting = state.withLock { state -> CheckedContinuation<T, any Error>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .finished
            return continuation
        }
        waiting?.resume(throwing: error)
    }
}
