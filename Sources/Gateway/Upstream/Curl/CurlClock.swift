import Reactor

/// curl's one timer on the loop's. Touched only on its loop's thread.
final class CurlClock {
    private let loop: EventLoop
    private var deadline: MonotonicInstant?
    private var armed: (token: TimerToken, at: MonotonicInstant)?
    /// curl wants to be called without waiting.
    private(set) var isDue = false
    /// Set once, by the client that owns this.
    var onDue: () -> Void = {}

    init(loop: EventLoop) {
        self.loop = loop
    }

    /// - Parameter milliseconds: −1 to stop the timer.
    func set(milliseconds: Int) {
        isDue = milliseconds == 0
        deadline = milliseconds > 0 ? loop.now() + .milliseconds(milliseconds) : nil
        guard let deadline else { return }
        // A timer that is set too early looks again when it fires: cheaper than one made and cancelled for each
        // request.
        if let armed, armed.at <= deadline { return }
        arm(at: deadline)
    }

    func takeDue() -> Bool {
        defer { isDue = false }
        return isDue
    }

    func stop() {
        armed?.token.cancel()
        armed = nil
        deadline = nil
        isDue = false
    }

    private func arm(at instant: MonotonicInstant) {
        armed?.token.cancel()
        armed = (loop.schedule(at: instant) { [weak self] in self?.fired() }, instant)
    }

    private func fired() {
        armed = nil
        guard let deadline else { return }
        guard deadline <= loop.now() else {
            arm(at: deadline)
            return
        }
        self.deadline = nil
        isDue = true
        onDue()
    }
}
