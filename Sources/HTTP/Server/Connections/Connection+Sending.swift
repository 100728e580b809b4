import CLinux
import Glibc
import Reactor

extension Connection {
    func outputBuffer() -> WireBuffer {
        if let output {
            if owed != nil { copyOwed(to: output) }
            return output
        }
        let buffer = room.takeBuffer()
        output = buffer
        return buffer
    }

    private func copyOwed(to buffer: WireBuffer) {
        guard let body = owed else { return }
        owed = nil
        body.bytes.withUnsafeBufferPointer { buffer.append(UnsafeBufferPointer(rebasing: $0[body.start...])) }
    }

    /// Sends what is buffered, as far as the kernel takes it.
    func flush() {
        guard phase != .closed else { return }
        guard send() else { return abandon() }
        wakeWriters()
        guard phase == .receiving else { return }
        if output == nil, closesWhenFlushed {
            shut()
        } else if !isProcessing, !isOutputFull, !owesTaking, let input, !input.isEmpty {
            process()
        }
    }

    /// False when the connection is broken.
    private func send() -> Bool {
        guard let buffer = output else { return true }
        if owed != nil {
            guard sendOwed(behind: buffer) else { return false }
        } else if !buffer.isEmpty {
            let bytes = buffer.readable
            let sent = clinux_send(descriptor, bytes.baseAddress, bytes.count, nil, 0)
            guard sent >= 0 || errno == EAGAIN else { return false }
            let taken = max(0, sent)
            room.counters.bytesOut.bump(taken)
            bytesTaken += UInt64(taken)
            buffer.consume(taken)
        }
        if buffer.isEmpty, owed == nil {
            output = nil
            room.give(buffer)
            writeStart = nil
            return true
        }
        noteOwing()
        if room.isRoomy(buffer) {
            output = buffer.compacted()
            room.give(buffer)
        }
        return true
    }

    /// Sends what is buffered and the body that follows, both from where they lie, in one call. False when the
    /// connection is broken.
    func sendOwed(behind buffer: WireBuffer) -> Bool {
        guard var body = owed else { return true }
        let head = buffer.readable
        let sent = body.bytes.withUnsafeBufferPointer { bytes in
            let rest = UnsafeBufferPointer(rebasing: bytes[body.start...])
            return clinux_send(descriptor, head.baseAddress, head.count, rest.baseAddress, rest.count)
        }
        guard sent >= 0 || errno == EAGAIN else { return false }
        let taken = max(0, sent)
        room.counters.bytesOut.bump(taken)
        bytesTaken += UInt64(taken)
        let ofBuffer = min(taken, buffer.count)
        buffer.consume(ofBuffer)
        body.consume(taken - ofBuffer)
        owed = body.count > 0 ? body : nil
        if body.isWasteful { copyOwed(to: buffer) }
        return true
    }

    /// From now on the client has its time to take what is buffered.
    func noteOwing() {
        guard writeStart == nil else { return }
        writeStart = loop.turnStartedAt.nanoseconds
        bytesTaken = 0
    }

    /// Closes once everything is sent.
    func closeAfterFlush() {
        closesWhenFlushed = true
        flush()
    }

    /// Our side is done. Closing with unread bytes would send a reset that can overtake the answer (RFC 9112 §9.6).
    private func shut() {
        if hasReadEnd { return close(status: 499) }
        _ = clinux_shutdown_write(descriptor)
        if let input {
            self.input = nil
            room.give(input)
        }
        phase = .lingering
        idleSince = loop.turnStartedAt.nanoseconds
    }

    /// Drops what the client still sends, until it closes too or enough was borne with.
    func linger() {
        let buffer = room.takeBuffer()
        defer { room.give(buffer) }
        let space = buffer.writable
        let count = clinux_receive(descriptor, space.baseAddress, space.count)
        if count < 0, errno == EAGAIN { return }
        lingeredBytes += max(0, count)
        let isTooMuch = lingeredBytes > room.limits.lingerBytesMax
        if isTooMuch { room.counters.reached(.linger) }
        if count <= 0 || isTooMuch { close(status: 499) }
    }
}
