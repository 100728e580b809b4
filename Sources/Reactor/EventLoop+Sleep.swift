extension EventLoop {
    /// Suspends for at least `duration` on this loop's timers; a task that prefers this loop resumes on it without a
    /// wake-up. Throws `CancellationError` at once when the task is cancelled.
    package func sleep(for duration: Duration) async throws {
        let sleeper = Sleeper(loop: self)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { sleeper.begin($0, duration) }
        } onCancel: {
            sleeper.cancel()
        }
    }
}
