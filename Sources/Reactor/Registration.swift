import CLinux
import Glibc

/// A descriptor in an event loop. Touch it only on that loop's thread. It does not own the descriptor: cancel, then
/// close.
package final class Registration {
    package let descriptor: Int32
    package private(set) var interest: Interest
    let token: UInt64
    private(set) var onReady: ((Readiness) -> Void)?
    /// The kernel has told this turn that the descriptor is ready, and `onReady` has not been called yet.
    package internal(set) var isDue = false
    /// Strong, so that neither has the side table of a weak reference, which makes every count of the loop's dearer;
    /// the ring ends with the watch, or with the loop.
    private var loop: EventLoop?

    init(loop: EventLoop, descriptor: Int32, interest: Interest, token: UInt64, onReady: @escaping (Readiness) -> Void)
    {
        self.loop = loop
        self.descriptor = descriptor
        self.interest = interest
        self.token = token
        self.onReady = onReady
    }

    /// Changes what is watched; costs a system call only when it differs from what is.
    package func set(_ interest: Interest) {
        guard interest != self.interest, onReady != nil, let loop else { return }
        self.interest = interest
        loop.modify(self)
    }

    /// Ends the watch; `onReady` is not called again, not even for events already fetched. Repeating it does nothing.
    package func cancel() {
        guard onReady != nil else { return }
        onReady = nil
        loop?.remove(self)
        loop = nil
    }

    /// Lets go of the closure when the loop has ended and its epoll descriptor with it.
    func forget() {
        onReady = nil
        loop = nil
    }
}
