import CLinux
import Glibc
import Reactor

/// A listening socket in one loop. At the cap, or when descriptors run out, it has idle connections closed; where there
/// are none it stops watching rather than spin.
final class Listener {
    private let descriptor: Int32
    // The room owns its listeners and closes them before it goes.
    private unowned let room: ServerLoop
    private var registration: Registration?
    private var retry: TimerToken?
    private var isPaused = false

    /// Connections taken before the others get their turn: so many that a queue of new connections becomes one of
    /// requests, whose delay is known, rather than standing in the kernel.
    private static let acceptsPerTurn = 512
    /// The longest queue that the kernel was asked for.
    static let queuedMax = 4_096
    private static let retryAfter = Duration.milliseconds(100)

    init(_ descriptor: Int32, room: ServerLoop) throws {
        self.descriptor = descriptor
        self.room = room
        registration = try room.loop.register(descriptor, interest: .read) { [weak self] _ in self?.acceptSome() }
    }

    private func acceptSome() {
        for number in 0..<Self.acceptsPerTurn where !acceptOne(somebodyWaits: number == 0) { return }
    }

    /// False when there is nothing to take, or no place for it. Both limits show themselves before the queue is looked
    /// at: only when the listener was found readable in this turn does somebody wait for a place.
    private func acceptOne(somebodyWaits: Bool) -> Bool {
        guard room.state.admission.reserve() else {
            guard somebodyWaits else { return false }
            if room.makeRoom() { return true }
            waitForAPlace()
            return false
        }
        guard let (accepted, address) = Self.next(descriptor) else {
            let error = errno
            room.state.admission.release()
            switch error {
            case ECONNABORTED, EINTR: return true
            case EAGAIN: return false
            default:
                // EMFILE, ENFILE, ENOBUFS, ENOMEM: the client stays in the queue until there is something to spare.
                guard somebodyWaits else { return false }
                if room.makeRoom() { return true }
                pause(at: .descriptors)
                retry = room.loop.schedule(after: Self.retryAfter) { [weak self] in self?.resume() }
                return false
            }
        }
        room.accepted(accepted, from: address)
        return true
    }

    private static func next(_ descriptor: Int32) -> (Int32, String)? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CLINUX_ADDRESS_TEXT_MAX)) { text in
            guard let base = text.baseAddress else { return nil }
            let accepted = clinux_accept(descriptor, base)
            return accepted < 0 ? nil : (accepted, String(cString: base))
        }
    }

    /// Until a connection leaves, or one has idled for long enough.
    private func waitForAPlace() {
        pause(at: .connections)
        if room.state.admission.pause(room) { lookForIdle() } else { resume() }
    }

    private func lookForIdle() {
        retry?.cancel()
        retry = room.loop.schedule(after: Self.retryAfter) { [weak self] in
            // What it closes wakes the listeners by giving back its place.
            if let self, isPaused, !room.makeRoom() { lookForIdle() }
        }
    }

    private func pause(at limit: ReachedLimit) {
        guard !isPaused else { return }
        isPaused = true
        room.counters.reached(limit)
        registration?.set([])
    }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        retry?.cancel()
        retry = nil
        registration?.set(.read)
    }

    /// Takes what waits in the queue, so that closing resets no client, then closes.
    func close() {
        guard registration != nil else { return }
        for _ in 0..<Self.queuedMax where isPaused || !acceptOne(somebodyWaits: false) { break }
        retry?.cancel()
        retry = nil
        registration?.cancel()
        registration = nil
        Glibc.close(descriptor)
    }
}
