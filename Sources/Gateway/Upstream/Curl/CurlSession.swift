import CCurl
import Reactor

/// A connection that curl opens: it resolves the name, connects and does TLS, and nothing else (CURLOPT_CONNECT_ONLY).
/// Each has a multi handle of its own, because curl looks through a multi's idle connections now and then and closes
/// those that have bytes to read, which a connection that is ours may well have. Touched only on its loop's thread.
///
/// **Invariant**: curl holds the opening, the sockets and the clock unretained; they live until `destroy` has freed its
/// handles.
final class CurlSession: @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let opening: CurlSocketOpening
    private let sockets: CurlSockets
    private let clock: CurlClock
    private var onDone: ((Result<Channel, UpstreamFailure>) -> Void)?
    private let isSecure: Bool
    private var isDestroyed = false
    private var isInsideCurl = false

    /// curl may ask to be called again at once so many times before the loop's other work has its turn.
    private static let roundsPerTurn = 16

    /// - Returns: nil when curl is out of memory.
    private init?(_ target: UpstreamTarget, isSecure: Bool, loop: EventLoop) {
        guard let multi = curl_multi_init() else { return nil }
        guard let easy = curl_easy_init() else {
            _ = curl_multi_cleanup(multi)
            return nil
        }
        self.easy = easy
        self.multi = multi
        self.isSecure = isSecure
        sockets = CurlSockets(loop: loop)
        clock = CurlClock(loop: loop)
        opening = CurlSocketOpening(policy: target.policy, sockets: sockets)
    }

    /// Begins to connect. `done` is called once, later on the loop, unless `destroy` comes first; a TLS connection's
    /// channel keeps the session.
    static func connect(
        to target: UpstreamTarget, isSecure: Bool, within nanoseconds: UInt64, share: UnsafeMutableRawPointer?,
        on loop: EventLoop, done: @escaping (Result<Channel, UpstreamFailure>) -> Void
    ) -> CurlSession? {
        guard let session = CurlSession(target, isSecure: isSecure, loop: loop) else { return nil }
        session.onDone = done
        session.configure(target, within: nanoseconds, share: share)
        guard curl_multi_add_handle(session.multi, session.easy) == CURLM_OK else {
            session.destroy()
            return nil
        }
        // Not at once: `done` must not be called before this returns.
        loop.execute { session.enter {} }
        return session
    }

    private func configure(_ target: UpstreamTarget, within nanoseconds: UInt64, share: UnsafeMutableRawPointer?) {
        opening.configure(easy)
        _ = ccurl_set_string(easy, CURLOPT_URL, target.url)
        _ = ccurl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
        // ALPN offers what we speak.
        _ = ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        _ = ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(min(max(1, nanoseconds / 1_000_000), 1 << 31 - 1)))
        // curl's own reading buffer is of no use here.
        _ = ccurl_set_long(easy, CURLOPT_BUFFERSIZE, 1_024)
        if let share { _ = ccurl_set_pointer(easy, CURLOPT_SHARE, share) }
        _ = ccurl_multi_set_socket_callback(multi, CurlCallbacks.socket, Unmanaged.passUnretained(sockets).toOpaque())
        _ = ccurl_multi_set_timer_callback(multi, CurlCallbacks.timer, Unmanaged.passUnretained(clock).toOpaque())
        sockets.onReady = { [weak self] descriptor, readiness in self?.ready(descriptor, readiness) }
        clock.onDue = { [weak self] in self?.enter {} }
    }

    private func ready(_ descriptor: Int32, _ readiness: Readiness) {
        let bits = CurlSockets.curlBits(readiness)
        enter {
            var running = Int32(0)
            _ = curl_multi_socket_action(multi, descriptor, bits, &running)
        }
    }

    private func enter(_ work: () -> Void) {
        guard !isDestroyed, onDone != nil, !isInsideCurl else { return }
        isInsideCurl = true
        work()
        var running = Int32(0)
        _ = curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
        var rounds = 0
        while clock.isDue, rounds < Self.roundsPerTurn {
            _ = clock.takeDue()
            _ = curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
            rounds += 1
        }
        isInsideCurl = false
        var result = CURLE_OK
        if ccurl_is_finished(multi, &result) != 0 {
            finish(result)
        } else if clock.isDue {
            sockets.loop.execute { self.enter {} }
        }
    }

    private func finish(_ result: CURLcode) {
        guard let onDone else { return }
        self.onDone = nil
        clock.stop()
        let descriptor = ccurl_active_socket(easy)
        guard result == CURLE_OK, descriptor != CURL_SOCKET_BAD else {
            destroy()
            return onDone(.failure(failure(of: result)))
        }
        guard !isSecure else {
            sockets.release(descriptor)
            return onDone(.success(Channel(descriptor: descriptor, session: self)))
        }
        // Nothing of curl's is needed any more for a bare socket.
        sockets.give(descriptor)
        destroy()
        onDone(.success(Channel(descriptor: descriptor, session: nil)))
    }

    private func failure(of result: CURLcode) -> UpstreamFailure {
        if opening.isAddressRefused { return .addressNotAllowed }
        return opening.isWithoutDescriptor ? .noDescriptor : UpstreamFailure(result)
    }

    // MARK: A connected session with TLS

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Channel.Reading {
        var count = 0
        switch curl_easy_recv(easy, buffer.baseAddress, buffer.count, &count) {
        case CURLE_OK: return count > 0 ? .bytes(count) : .ended
        case CURLE_AGAIN: return .again
        default: return .failed
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Channel.Writing {
        var count = 0
        switch curl_easy_send(easy, bytes.baseAddress, bytes.count, &count) {
        case CURLE_OK: return .bytes(count)
        case CURLE_AGAIN: return .again
        default: return .failed
        }
    }

    /// Closes what is open. Not from within curl's callbacks.
    func destroy() {
        guard !isDestroyed else { return }
        isDestroyed = true
        onDone = nil
        _ = curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        _ = curl_multi_cleanup(multi)
        clock.stop()
    }
}
