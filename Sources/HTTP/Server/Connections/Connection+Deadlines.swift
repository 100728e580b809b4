import Reactor

extension Connection {
    /// Sets the deadline of what the connection now waits for. The timer is moved only when the new deadline is earlier
    /// than what it is set to; a later one is noticed when it fires, so that a request costs no timer.
    func rearm() {
        deadline = nextDeadline
        guard deadline < timerDeadline else { return }
        timer?.cancel()
        setTimer()
    }

    private func setTimer() {
        timerDeadline = deadline
        timer = loop.schedule(at: MonotonicInstant(nanoseconds: deadline)) { self.timerFired() }
    }

    private var nextDeadline: UInt64 {
        let limits = room.deadlines
        if phase == .lingering { return idleSince + limits.linger }
        if let writeStart { return writeStart + limits.write + Self.earned(bytesTaken, limits.perAnswerByte) }
        if takesBody {
            guard exchange.incoming?.heldBackSince == nil else { return .max }
        } else if phase != .receiving {
            return .max
        }
        if parser.isInBody {
            return bodyStart + limits.body + Self.earned(UInt64(parser.bodyBytes), limits.perBodyByte)
        }
        if let requestStart { return requestStart + limits.header }
        return idleSince + limits.idle
    }

    /// At most a century, like the timeouts themselves.
    private static func earned(_ bytes: UInt64, _ nanosecondsPerByte: UInt64) -> UInt64 {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: nanosecondsPerByte)
        return overflow ? DeadlineNanoseconds.longest : min(product, DeadlineNanoseconds.longest)
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .max
        guard phase != .closed, deadline != .max else { return }
        if loop.now().nanoseconds < deadline { setTimer() } else { expire() }
    }

    private func expire() {
        if phase == .lingering {
            room.counters.reached(.linger)
            return close(status: 499)
        }
        if writeStart != nil {
            room.counters.reached(.writeTimeout)
            // A regular close would leave the kernel to offer the rest for minutes.
            return abandon()
        }
        if takesBody {
            expireBody()
            return settle()
        }
        guard phase == .receiving else { return }
        if parser.isAtStart {
            room.counters.reached(.idleTimeout)
            closeAfterFlush()
        } else {
            room.counters.reached(parser.isInBody ? .bodyTimeout : .headerTimeout)
            refuse(WireError(408, "the request did not arrive in time"))
        }
        settle()
    }
}
