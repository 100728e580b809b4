import CCurl
import Glibc
import Reactor

/// curl's sockets in the loop's epoll, changed as seldom as can be: a connection that goes idle stays registered, since
/// the next request on it will want the same. Touched only on its loop's thread.
final class CurlSockets {
    private struct Entry {
        var registration: Registration?
        /// What curl wants now; empty while the connection is idle or its transfer paused.
        var wanted: Interest
        /// Whether `open` made it: only those are told to `close` before their number is free again.
        var isOurs: Bool
    }

    let loop: EventLoop
    private var given: Int32 = -1
    private var entries: [Entry?] = []
    /// Set once, by the client that owns this.
    var onReady: (Int32, Readiness) -> Void = { _, _ in }

    init(loop: EventLoop) {
        self.loop = loop
    }

    /// What curl is told of a descriptor's state (CURL_CSELECT_…).
    static func curlBits(_ readiness: Readiness) -> Int32 {
        var bits = Int32(0)
        // A broken connection is shown to curl as readable: it reads what came before the break, then the break itself.
        if !readiness.isDisjoint(with: [.read, .hangup, .error, .peerClosed]) { bits |= Int32(CURL_CSELECT_IN) }
        if readiness.contains(.write) { bits |= Int32(CURL_CSELECT_OUT) }
        return bits
    }

    func opened(_ descriptor: Int32) {
        set(descriptor, Entry(registration: nil, wanted: [], isOurs: true))
    }

    func want(_ interest: Interest, of descriptor: Int32) {
        var entry = self.entry(descriptor) ?? Entry(registration: nil, wanted: [], isOurs: false)
        entry.wanted = interest
        if let registration = entry.registration {
            registration.set(interest)
        } else {
            entry.registration = try? loop.register(descriptor, interest: interest) { [weak self] readiness in
                self?.ready(descriptor, readiness)
            }
        }
        set(descriptor, entry)
    }

    /// curl has nothing to wait for here.
    func rest(_ descriptor: Int32) {
        guard var entry = entry(descriptor) else { return }
        guard entry.isOurs else {
            // The resolver's: curl closes it by itself as soon as this returns.
            entry.registration?.cancel()
            set(descriptor, nil)
            return
        }
        entry.wanted = []
        if let registration = entry.registration, registration.interest.contains(.write) {
            // A socket is writable at almost every moment: left so, the loop would spin.
            registration.set(.read)
        }
        set(descriptor, entry)
    }

    func close(_ descriptor: Int32) -> Int32 {
        entry(descriptor)?.registration?.cancel()
        set(descriptor, nil)
        return given == descriptor ? 0 : Glibc.close(descriptor)
    }

    /// Ends the watch of a connected socket, for somebody else to watch it.
    func release(_ descriptor: Int32) {
        guard var entry = entry(descriptor) else { return }
        entry.registration?.cancel()
        entry.registration = nil
        set(descriptor, entry)
    }

    /// From here on the descriptor is somebody else's to close, whatever curl thinks of it.
    func give(_ descriptor: Int32) {
        release(descriptor)
        given = descriptor
    }

    private func ready(_ descriptor: Int32, _ readiness: Readiness) {
        guard var entry = entry(descriptor) else { return }
        guard entry.wanted.isEmpty else {
            onReady(descriptor, readiness)
            return
        }
        // An idle connection that the peer ended, or bytes for a paused transfer: level-triggered, this would repeat
        // until somebody reads. curl finds out when it uses the connection next.
        entry.registration?.cancel()
        entry.registration = nil
        set(descriptor, entry)
    }

    private func entry(_ descriptor: Int32) -> Entry? {
        entries.indices.contains(Int(descriptor)) ? entries[Int(descriptor)] : nil
    }

    private func set(_ descriptor: Int32, _ entry: Entry?) {
        guard descriptor >= 0 else { return }
        while entries.count <= Int(descriptor) { entries.append(nil) }
        entries[Int(descriptor)] = entry
    }
}
