import Domain
import Reactor

/// One question to the archive, which is waited for as long as it may take: the file may hang for longer than that. On
/// its loop.
final class ArchiveLookup: @unchecked Sendable {
    // @unchecked: touched on its loop only.

    private let archive: any AnswerArchive
    private let key: CacheKey
    private let ageMax: Int
    private let loop: EventLoop
    private var waiter: UnsafeContinuation<ArchivedAnswer?, Never>?
    private var timer: TimerToken?
    private var task: Task<Void, Never>?

    /// - Parameter ageMax: in seconds.
    init(_ archive: any AnswerArchive, _ key: CacheKey, ageMax: Int, on loop: EventLoop) {
        self.archive = archive
        self.key = key
        self.ageMax = ageMax
        self.loop = loop
    }

    /// - Returns: nil where it has none, or did not say in time.
    func answer(until limit: MonotonicInstant) async -> ArchivedAnswer? {
        await withUnsafeContinuation { continuation in
            waiter = continuation
            timer = loop.schedule(at: limit) { [weak self] in self?.end(nil) }
            task = Task.immediate(executorPreference: loop) { [self] in
                end(await archive.answer(key.bytes, ageMax: ageMax))
            }
        }
    }

    /// The first end holds.
    private func end(_ answer: ArchivedAnswer?) {
        guard let waiter = waiter.take() else { return }
        timer?.cancel()
        timer = nil
        // One that is late is not to be read any more.
        task?.cancel()
        task = nil
        waiter.resume(returning: answer)
    }
}
