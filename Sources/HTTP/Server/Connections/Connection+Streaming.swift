import CLinux
import Reactor

extension Connection {
    /// A turn's writes are sent together up to so many bytes.
    private static let unflushedBytesMax = 16 * 1_024

    /// Runs a streamed body to its end.
    func stream(_ body: @Sendable (BodyWriter) async throws -> Void, _ number: Int) async {
        guard phase == .streaming, number == exchangeNumber else { return }
        do {
            try await body(BodyWriter(connection: self, exchange: number))
            endStream(number, isWhole: true)
        } catch {
            endStream(number, isWhole: false)
        }
    }

    /// Appends a piece. Returns whether the writer must wait for the client.
    func write(_ bytes: [UInt8], exchange number: Int) throws(ClientGone) -> Bool {
        guard phase == .streaming, number == exchangeNumber else { throw ClientGone() }
        let buffer = outputBuffer()
        let before = buffer.count
        if exchange.isChunked {
            buffer.append(hexadecimal: bytes.count)
            buffer.append("\r\n")
            buffer.append(bytes)
            buffer.append("\r\n")
        } else {
            buffer.append(bytes)
        }
        exchange.bytesOut += buffer.count - before
        // While the kernel takes nothing more, its readiness is waited for.
        if writeStart != nil { return isOutputFull }
        guard buffer.count >= Self.unflushedBytesMax else {
            flushLater()
            return isOutputFull
        }
        flush()
        settle()
        guard phase == .streaming else { throw ClientGone() }
        return isOutputFull
    }

    /// Has a writer wait until the client has taken half of what it may leave.
    func wait(_ waiter: WriteWaiter, exchange number: Int) {
        guard phase == .streaming, number == exchangeNumber else { return waiter.fail(ClientGone()) }
        waiters.append(waiter)
        room.counters.reached(.writeBuffer)
        wakeWriters()
    }

    func wakeWriters() {
        guard !waiters.isEmpty, outputCount <= room.limits.writeBufferBytesMax / 2 else { return }
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.resume() }
    }

    /// Has the output sent at the end of this turn, with whatever else is written until then.
    func flushLater() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        room.flushLater(self)
    }

    func flushStream() {
        isFlushScheduled = false
        guard phase != .closed else { return }
        flush()
        settle()
    }

    /// - Parameter isWhole: else the end must look like the accident that it is: no last chunk, and where the body is
    ///   ended by closing, a reset in place of a regular close.
    private func endStream(_ number: Int, isWhole: Bool) {
        guard phase == .streaming, number == exchangeNumber else { return }
        if isWhole, exchange.isChunked {
            outputBuffer().append("0\r\n\r\n")
            exchange.bytesOut += 5
        }
        if !isWhole {
            room.counters.streamsBroken.bump()
            exchange.isPersistent = false
            if !exchange.isChunked {
                _ = clinux_reset_on_close(descriptor)
                return close(status: exchange.status)
            }
        }
        finish()
        resumeAfterAnswer()
    }
}
