/// A scheduled piece of work. Touch it only on its loop's thread.
package final class TimerToken {
    private(set) var work: (() -> Void)?
    private let queue: TimerQueue

    init(queue: TimerQueue, work: @escaping () -> Void) {
        self.queue = queue
        self.work = work
    }

    /// The work is not run and is let go of at once. Repeating it, or cancelling after it ran, does nothing.
    package func cancel() {
        guard work != nil else { return }
        work = nil
        queue.noteCancelled()
    }

    /// Hands the work over, once.
    func take() -> (() -> Void)? {
        defer { work = nil }
        return work
    }
}
