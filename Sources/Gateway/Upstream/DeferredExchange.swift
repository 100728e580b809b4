import Reactor

/// A transfer that begins when something else is there: whoever reads it notices nothing but the time.
final class DeferredExchange: UpstreamExchange, @unchecked Sendable {
    // @unchecked: touched only on its loop's thread; `cancel` and `ready` send themselves there.

    private let loop: EventLoop
    private let start: @Sendable (_ held: UInt64) -> any UpstreamExchange
    private var transfer: (any UpstreamExchange)?
    private var ownFailure: UpstreamFailure?
    private let madeAt: MonotonicInstant
    /// How long it was before the transfer began, in nanoseconds.
    private var held: UInt64 = 0
    /// What goes on when the transfer begins or never will.
    private var waiting: [@Sendable () -> Void] = []
    private var timer: TimerToken?

    /// - Parameters:
    ///   - deadlines: of the whole, this wait included.
    ///   - start: is told how long the wait was, in nanoseconds.
    init(
        on loop: EventLoop, within deadlines: UpstreamDeadlines,
        _ start: @escaping @Sendable (_ held: UInt64) -> any UpstreamExchange
    ) {
        self.loop = loop
        self.start = start
        madeAt = loop.now()
        let (span, failure) = deadlines.first
        timer = loop.schedule(at: MonotonicInstant(nanoseconds: madeAt.nanoseconds + span)) { [weak self] in
            self?.ready(failure)
        }
    }

    /// - Parameter failure: why it cannot begin.
    func ready(_ failure: UpstreamFailure?) {
        guard loop.isCurrent else { return loop.execute { self.ready(failure) } }
        guard transfer == nil, ownFailure == nil else { return }
        held = UInt64(max(0, madeAt.nanoseconds(to: loop.now())))
        timer?.cancel()
        timer = nil
        if let failure { ownFailure = failure } else { transfer = start(held) }
        let waiting = waiting
        self.waiting = []
        for action in waiting { action() }
    }

    var hasBegun: Bool { transfer != nil }
    var wasSent: Bool { transfer?.wasSent ?? false }
    var head: UpstreamHead? { transfer?.head }
    var isFinished: Bool { ownFailure != nil || transfer?.isFinished == true }
    var failure: UpstreamFailure? { ownFailure ?? transfer?.failure }
    var waited: UInt64 { held + (transfer?.waited ?? 0) }
    var bytesWaiting: Int { transfer?.bytesWaiting ?? 0 }
    func now() -> MonotonicInstant { loop.now() }
    func take() -> [UInt8] { transfer?.take() ?? [] }

    func wait(for awaited: UpstreamAwaited, until limit: MonotonicInstant?) async {
        if transfer == nil, ownFailure == nil {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let once = Resumption(continuation)
                waiting.append { once.resume() }
                if let limit { _ = loop.schedule(at: limit) { once.resume() } }
            }
        }
        if let limit, limit <= loop.now() { return }
        await transfer?.wait(for: awaited, until: limit)
    }

    func onArrival(of awaited: UpstreamAwaited, _ action: @escaping @Sendable () -> Void) {
        if let transfer { return transfer.onArrival(of: awaited, action) }
        if ownFailure != nil { return action() }
        waiting.append { [weak self] in
            guard let self else { return }
            if let transfer { transfer.onArrival(of: awaited, action) } else { action() }
        }
    }

    func yield() async { await transfer?.yield() }

    func cancel() {
        guard loop.isCurrent else { return loop.execute { self.cancel() } }
        if let transfer { transfer.cancel() } else { ready(.cancelled) }
    }

    func callerDeparted() { cancel() }

    func release() {
        if let transfer { transfer.release() } else { cancel() }
    }

    /// Of two that would go on with one task the first does.
    private final class Resumption: @unchecked Sendable {
        // @unchecked: touched only on the loop's thread.

        private var continuation: UnsafeContinuation<Void, Never>?

        init(_ continuation: UnsafeContinuation<Void, Never>) { self.continuation = continuation }

        func resume() {
            continuation?.resume()
            continuation = nil
        }
    }
}
