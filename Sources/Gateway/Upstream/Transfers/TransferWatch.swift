import Reactor

/// The deadlines of one loop's transfers, behind one timer, so that a request costs none of its own: the timer is set
/// for the earliest, and not moved when that goes later; when it fires it looks at all. Touched only on its loop's
/// thread.
final class TransferWatch: @unchecked Sendable {
    // @unchecked: touched only on its loop's thread.

    let loop: EventLoop
    private var transfers: [Transfer] = []
    private var timer: TimerToken?
    private var armedFor = UInt64.max

    /// Deadlines that are further off than a second are met to a tenth of a second, so that ten thousand streams are
    /// looked at ten times a second at most.
    private static let coarse: UInt64 = 100_000_000
    private static let near: UInt64 = 1_000_000_000

    init(loop: EventLoop) {
        self.loop = loop
    }

    func add(_ transfer: Transfer) {
        transfer.watchIndex = transfers.count
        transfers.append(transfer)
        consider(transfer.nextDeadline.instant)
    }

    /// The last one takes its place.
    func remove(_ transfer: Transfer) {
        let index = transfer.watchIndex
        guard index >= 0 else { return }
        transfer.watchIndex = -1
        let last = transfers.removeLast()
        guard last !== transfer else { return }
        transfers[index] = last
        last.watchIndex = index
    }

    /// A deadline may have come nearer.
    func consider(_ instant: UInt64) {
        guard instant < armedFor else { return }
        timer?.cancel()
        let now = loop.turnStartedAt.nanoseconds
        let isFar = instant > now + Self.near && instant < UInt64.max - Self.coarse
        armedFor = isFar ? (instant / Self.coarse + 1) * Self.coarse : instant
        timer = loop.schedule(at: MonotonicInstant(nanoseconds: armedFor)) { [weak self] in self?.fired() }
    }

    func stop() {
        timer?.cancel()
        timer = nil
        armedFor = .max
        // A copy: ended transfers leave the list while it is walked.
        for transfer in Array(transfers) { transfer.cancel() }
    }

    private func fired() {
        timer = nil
        armedFor = .max
        let now = loop.now().nanoseconds
        var next = UInt64.max
        // From the end, since whoever leaves is replaced by the last, which has been looked at.
        for index in transfers.indices.reversed() where index < transfers.count {
            let transfer = transfers[index]
            transfer.expire(at: now)
            if !transfer.isFinished { next = min(next, transfer.nextDeadline.instant) }
        }
        if next < .max { consider(next) }
    }
}
