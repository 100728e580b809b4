/// A writer that waits for its client; resumed once.
final class WriteWaiter: @unchecked Sendable {
    // @unchecked: touched only on the connection's loop.
    private var continuation: CheckedContinuation<Void, any Error>?
    private var isCancelled = false

    /// Resumes at once when the task was cancelled before.
    func begin(_ continuation: CheckedContinuation<Void, any Error>) {
        self.continuation = continuation
        if isCancelled { fail(CancellationError()) }
    }

    func resume() { continuation.take()?.resume() }

    func fail(_ error: any Error) { continuation.take()?.resume(throwing: error) }

    func cancel() {
        isCancelled = true
        fail(CancellationError())
    }
}
