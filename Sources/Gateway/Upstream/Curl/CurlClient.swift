import CCurl
import Reactor

/// One multi handle, driven by its loop's epoll and timers through `curl_multi_socket_action`.
final class CurlClient: @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    let loop: EventLoop
    private let policy: AddressPolicy
    private let headBytesMax: Int
    private let multi: UnsafeMutableRawPointer?
    private let sockets: CurlSockets
    private let clock: CurlClock
    private var slots: [CurlSlot] = []
    private var idleSlots: [CurlSlot] = []
    /// Transfers that something happened to since curl was entered.
    private var touched: [CurlTransfer] = []
    private var isInsideCurl = false

    /// curl may ask to be called again at once so many times before the loop's other work has its turn.
    private static let roundsPerTurn = 16

    init(loop: EventLoop, policy: AddressPolicy, limits: UpstreamLimits) {
        self.loop = loop
        self.policy = policy
        headBytesMax = limits.headBytesMax
        sockets = CurlSockets(loop: loop)
        clock = CurlClock(loop: loop)
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

    func begin(_ request: UpstreamRequest) -> CurlTransfer {
        let transfer = CurlTransfer(client: self, request, headBytesMax: headBytesMax)
        guard let multi, let slot = idleSlots.popLast() ?? makeSlot() else {
            transfer.end(.other)
            return transfer
        }
        guard slot.prepare(request) else {
            idleSlots.append(slot)
            transfer.end(.misconfigured)
            return transfer
        }
        slot.transfer = transfer
        transfer.slot = slot
        enter {
            guard curl_multi_add_handle(multi, slot.easy) != CURLM_OK else { return }
            retire(slot)
            transfer.end(.other)
        }
        transfer.arm()
        return transfer
    }

    /// Takes a running transfer out at once. curl closes its connection, since an answer is outstanding on it.
    func remove(_ transfer: CurlTransfer) {
        guard !isInsideCurl else {
            loop.execute { [self] in remove(transfer) }
            return
        }
        guard let multi, let slot = transfer.slot, slot.transfer === transfer else { return }
        enter {
            _ = curl_multi_remove_handle(multi, slot.easy)
            retire(slot)
            transfer.slot = nil
        }
    }

    /// Lets a paused transfer go on. curl hands over what it held back before this returns.
    func unpause(_ transfer: CurlTransfer) {
        guard let slot = transfer.slot else { return }
        enter { _ = curl_easy_pause(slot.easy, CURLPAUSE_CONT) }
    }

    /// Called by transfers from within curl's callbacks.
    func note(_ transfer: CurlTransfer) {
        touched.append(transfer)
    }

    private func ready(_ descriptor: Int32, _ readiness: Readiness) {
        var bits = Int32(0)
        // A broken connection is shown to curl as readable: it reads what came before the break, then the break itself.
        if !readiness.isDisjoint(with: [.read, .hangup, .error, .peerClosed]) { bits |= Int32(CURL_CSELECT_IN) }
        if readiness.contains(.write) { bits |= Int32(CURL_CSELECT_OUT) }
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
        tellTouched()
    }

    private func collectFinished() {
        guard let multi else { return }
        var result = CURLE_OK
        while let owner = ccurl_next_finished(multi, &result) {
            // See the invariant at CurlSlot.
            let slot = Unmanaged<CurlSlot>.fromOpaque(owner).takeUnretainedValue()
            _ = curl_multi_remove_handle(multi, slot.easy)
            let transfer = slot.transfer
            let isAddressRefused = slot.isAddressRefused
            retire(slot)
            transfer?.slot = nil
            transfer?.finished(result, isAddressRefused: isAddressRefused)
        }
    }

    private func tellTouched() {
        guard !touched.isEmpty else { return }
        var told: [CurlTransfer] = []
        swap(&told, &touched)
        for transfer in told { transfer.settle() }
        told.removeAll(keepingCapacity: true)
        if touched.isEmpty { swap(&told, &touched) }
    }

    private func makeSlot() -> CurlSlot? {
        guard let slot = CurlSlot(policy: policy, sockets: sockets) else { return nil }
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
                slot.transfer = nil
            }
            // The multi handle first closes its connections, through callbacks that need the sockets.
            _ = curl_multi_cleanup(multi)
            for slot in slots { slot.destroy() }
            clock.stop()
        }
    }
}
