package import HTTP
package import Reactor

/// A running transfer. Everything but `cancel` is for its loop's thread only. Whoever begins one must end it: by
/// reading it to its end, by `cancel` or by `release`. The departure of the caller whom it is tied to cancels it.
package protocol UpstreamExchange: DepartureListener {
    /// nil until the head is whole.
    var head: UpstreamHead? { get }
    /// Whether there is no more to come: the whole answer has arrived, or the transfer failed.
    var isFinished: Bool { get }
    /// nil while it runs and when it ended well. Bytes that came before the failure can still be taken.
    var failure: UpstreamFailure? { get }
    /// Whether anything was sent, or could have been: no provider is to blame, or paid, for what never was.
    var hasBegun: Bool { get }
    /// Whether a connection took it: what waits for one costs nothing.
    var wasSent: Bool { get }
    /// The loop's time.
    func now() -> MonotonicInstant
    /// How long the waits took so far, in nanoseconds.
    var waited: UInt64 { get }
    /// Bytes of the body that `take` would give.
    var bytesWaiting: Int { get }

    /// Returns when the awaited is there, when the transfer has ended, or after `limit`; look which. The cancellation
    /// of the task is nothing to it: a handler for that is dear, and callers are tied by their departure.
    func wait(for awaited: UpstreamAwaited, until limit: MonotonicInstant?) async
    /// Calls `action` once when the awaited is there or the transfer has ended, on the loop: from this very call when
    /// that is so already. In place of `wait`, for who has no task.
    func onArrival(of awaited: UpstreamAwaited, _ action: @escaping @Sendable () -> Void)
    /// Returns after the loop has looked after its other connections.
    func yield() async
    /// The body's bytes that have arrived since the last call; lets a paused transfer go on.
    func take() -> [UInt8]
    /// Ends the transfer at once and closes its connection. From any thread; repeating it does nothing.
    func cancel()
    /// Nobody reads on, but the end is near: lets it come, for a short time, so that the connection can be used again.
    func release()
}

extension UpstreamExchange {
    package var hasBegun: Bool { true }
    package var wasSent: Bool { hasBegun }
}
