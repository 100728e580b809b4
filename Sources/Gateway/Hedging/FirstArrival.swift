import Reactor

/// Waits for a sign of whichever of two transfers gives one first. Used by one task, on its loop.
final class FirstArrival: @unchecked Sendable {
    // @unchecked: touched only on the loop.

    private let loop: EventLoop
    private var waiter: UnsafeContinuation<Void, Never>?
    private var timer: TimerToken?

    init(on loop: EventLoop) { self.loop = loop }

    /// Returns when one of them has a sign, or after `limit`; look which.
    func wait(for contenders: [Contender], until limit: MonotonicInstant?) async {
        for contender in contenders { contender.watch(self) }
        guard !contenders.contains(where: \.hasSign) else { return }
        await withUnsafeContinuation { continuation in
            waiter = continuation
            if let limit { timer = loop.schedule(at: limit) { [weak self] in self?.wake() } }
        }
    }

    func wake() {
        timer?.cancel()
        timer = nil
        waiter?.resume()
        waiter = nil
    }
}
