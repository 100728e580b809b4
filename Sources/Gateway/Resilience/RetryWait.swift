import HTTP
import Reactor

/// The pause before a retry: a timer of the caller's loop, ended at once when the caller departs.
final class RetryWait: DepartureListener, @unchecked Sendable {
    // @unchecked: touched only on the request's loop; departures send themselves there.

    private let loop: EventLoop
    private var timer: TimerToken?
    private var waiter: UnsafeContinuation<Bool, Never>?

    private init(on loop: EventLoop) { self.loop = loop }

    /// - Parameters:
    ///   - nanoseconds: from now.
    ///   - lead: of those who wait together, if it is not the caller alone.
    /// - Returns: whether the caller is still there.
    static func pause(_ nanoseconds: UInt64, for request: Request, _ lead: FlightLead?) async -> Bool {
        let wait = RetryWait(on: request.loop)
        return await withUnsafeContinuation { continuation in
            wait.waiter = continuation
            let end = MonotonicInstant(nanoseconds: request.loop.now().nanoseconds + nanoseconds)
            wait.timer = request.loop.schedule(at: end) { wait.end(callerIsThere: true) }
            if let lead { lead.hold(wait) } else { request.tieToCaller(wait) }
        }
    }

    func callerDeparted() {
        guard loop.isCurrent else { return loop.execute { self.end(callerIsThere: false) } }
        end(callerIsThere: false)
    }

    private func end(callerIsThere: Bool) {
        guard let waiter else { return }
        self.waiter = nil
        timer?.cancel()
        timer = nil
        waiter.resume(returning: callerIsThere)
    }
}
