import CCurl
import Reactor

/// One multi handle, driven by its loop's epoll and timers through `curl_multi_socket_action`.
final class CurlClient: TransferCarrier, @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    let loop: EventLoop
    private let policy: AddressPolicy
    private let headBytesMax: Int
    private let multi: UnsafeMutableRawPointer?
    private let sockets: CurlSockets
    private let clock: CurlClock
    private var slots: [CurlSlot] = []
    private var idleSlots: [CurlSlot] = []
    private let touched = TouchedTransfers()
    private let watch: TransferWatch
    private var isInsideCurl = false

    /// curl may ask to be called again at once so many times before the loop's other work has its turn.
    private static let roundsPerTurn = 16

    init(loop: EventLoop, policy: AddressPolicy, limits: UpstreamLimits) {
        self.loop = loop
        self.policy = policy
        headBytesMax = limits.headBytesMax
        sockets = CurlSockets(loop: loop)
        clock = CurlClock(loop: loop)
        watch = TransferWatch(loop: loop)
        multi = curl_multi_init()
        sockets.onReady = { [weak self] descriptor, readiness in self?.ready(descriptor, readiness) }
        clock.onDue = { [weak self] in self?.enter {} }
        guard let multi else { return }
        // Both are kept by this object, which frees the multi handle before it lets go of them.
        _ = ccurl_multi_set_socket_callback(multi, CurlCallbacks.socket, Unmanaged.passUnretained(sockets).toOpaque())
        _ = ccurl_multi_set_timer_callback(multi, CurlCallbacks.timer, Unmanaged.passUnretained(clock).toOpaque())
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.idleConnectionsMax)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHostMax)
    }

    deinit {
        // curl's sockets are registered with the loop, so its thread has to free them; after the loop's end nobody
        // does, and the process is about to end too.
        let remains = Remains(multi: multi, slots: slots, sockets: sockets, clock: clock)
        loop.execute { remains.destroy() }
    }

    func begin(_ request: UpstreamRequest) -> Transfer {
        let transfer = Transfer(request, watch: watch)
        guard let multi, let slot = idleSlots.popLast() ?? makeSlot() else {
            transfer.end(.other)
            return transfer
        }
        guard slot.prepare(transfer) else {
            idleSlots.append(slot)
            transfer.end(.misconfigured)
            return transfer
        }
        transfer.carrier = self
        watch.add(transfer)
        enter {
            guard curl_multi_add_handle(multi, slot.easy) != CURLM_OK else { return }
            retire(slot)
            transfer.end(.other)
        }
        return transfer
    }

    /// curl closes the connection, since an answer is outstanding on it.
    func abandon(_ transfer: Transfer) {
        guard !isInsideCurl else {
            loop.execute { [self] in abandon(transfer) }
            return
        }
        guard let multi, let slot = slot(of: transfer) else { return }
        enter {
            _ = curl_multi_remove_handle(multi, slot.easy)
            retire(slot)
        }
    }

    /// curl hands over what it held back before this returns.
    func resume(_ transfer: Transfer) {
        guard let slot = slot(of: transfer) else { return }
        enter { _ = curl_easy_pause(slot.easy, CURLPAUSE_CONT) }
    }

    private func slot(of transfer: Transfer) -> CurlSlot? {
        slots.first { $0.transfer === transfer }
    }

    private func ready(_ descriptor: Int32, _ readiness: Readiness) {
        let bits = CurlSockets.curlBits(readiness)
        enter {
            var running = Int32(0)
            _ = curl_multi_socket_action(multi, descriptor, bits, &running)
        }
    }

    /// Runs `work`, which may call curl; does what curl asks for at once; then tells those whom it concerns.
    private func enter(_ work: () -> Void) {
        precondition(!isInsideCurl, "curl must not be entered from within its callbacks")
        isInsideCurl = true
        work()
        var rounds = 0
        while clock.isDue, rounds < Self.roundsPerTurn {
            _ = clock.takeDue()
            var running = Int32(0)
            _ = curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
            rounds += 1
        }
        collectFinished()
        isInsideCurl = false
        if clock.isDue { loop.execute { [weak self] in self?.enter {} } }
        touched.settle()
    }

    private func collectFinished() {
        guard let multi else { return }
        var result = CURLE_OK
        while let owner = ccurl_next_finished(multi, &result) {
            // See the invariant at CurlSlot.
            let slot = Unmanaged<CurlSlot>.fromOpaque(owner).takeUnretainedValue()
            _ = curl_multi_remove_handle(multi, slot.easy)
            if let transfer = slot.transfer {
                transfer.end(slot.failure(result))
                touched.note(transfer)
            }
            retire(slot)
        }
    }

    private func makeSlot() -> CurlSlot? {
        guard
            let slot = CurlSlot(
                policy: policy, sockets: sockets, touched: touched, headBytesMax: headBytesMax)
        else { return nil }
        slots.append(slot)
        return slot
    }

    private func retire(_ slot: CurlSlot) {
        slot.rest()
        idleSlots.append(slot)
    }

    /// What outlives the client until its loop has freed it.
    private struct Remains: @unchecked Sendable {
        // @unchecked: handed from the last owner to the loop, and touched there only.
        let multi: UnsafeMutableRawPointer?
        let slots: [CurlSlot]
        let sockets: CurlSockets
        let clock: CurlClock

        func destroy() {
            for slot in slots {
                _ = curl_multi_remove_handle(multi, slot.easy)
                slot.transfer?.end(.cancelled)
                slot.rest()
            }
            // The multi handle first closes its connections, through callbacks that need the sockets.
            _ = curl_multi_cleanup(multi)
            for slot in slots { slot.destroy() }
            clock.stop()
        }
    }
}
