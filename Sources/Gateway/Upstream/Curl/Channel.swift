import CCurl
import Glibc

/// A connected socket: the bare one, or curl's with TLS on it. Touched only on its loop's thread.
final class Channel {
    enum Reading {
        case bytes(Int)
        case again
        /// The peer has sent all that it will.
        case ended
        case failed
    }

    enum Writing {
        case bytes(Int)
        case again
        case failed
    }

    let descriptor: Int32
    /// What curl keeps of a TLS connection; nil for a bare socket, which is ours.
    private let session: CurlSession?
    /// **Invariant**: neither the session nor the descriptor is touched from then on: the one is freed, and the other's
    /// number may be somebody else's.
    private var isClosed = false

    init(descriptor: Int32, session: CurlSession?) {
        self.descriptor = descriptor
        self.session = session
    }

    /// Whether bytes may wait inside, so that the descriptor says nothing of them: read until `.again`.
    var holdsBytes: Bool { session != nil }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        guard !isClosed else { return .failed }
        if let session { return session.read(into: buffer) }
        while true {
            let count = Glibc.recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            if errno != EINTR { return errno == EAGAIN ? .again : .failed }
        }
    }

    /// Whether there is nothing to read, not even the end.
    var isQuiet: Bool {
        guard !isClosed else { return false }
        var byte: UInt8 = 0
        let count = Glibc.recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        guard count > 0, let session else { return count < 0 && errno == EAGAIN }
        // Under TLS it may be a ticket for a later session; the session knows.
        guard case .again = withUnsafeMutableBytes(of: &byte, { session.read(into: $0) }) else { return false }
        return true
    }

    /// - Parameter bytes: what was not taken comes again from the same address: TLS asks for that.
    func write(_ bytes: UnsafeRawBufferPointer) -> Writing {
        guard !isClosed else { return .failed }
        if let session { return session.write(bytes) }
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return errno == EAGAIN ? .again : .failed }
        }
    }

    /// Repeating it does nothing. The descriptor's watch must have ended.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let session { session.destroy() } else { _ = Glibc.close(descriptor) }
    }
}
