import CLinux
import Glibc
import Reactor
import Synchronization

/// One loop's part of a server: its listeners, its connections and what they lend each other.
final class ServerLoop: @unchecked Sendable {
    // @unchecked: everything mutable is touched only on its loop's thread; counters are atomic.

    let loop: EventLoop
    let state: ServerState
    let counters = LoopCounters()
    let deadlines: DeadlineNanoseconds
    /// Bytes of bodies that this loop may hold, and holds.
    private let bodyBytesMax: Int
    private var bodyBytes = 0
    private let inferencesMax: Int
    /// nil where nothing is shed.
    private var shedding: LoadShedding?
    private var sheddingTurn = MonotonicInstant(nanoseconds: 0)
    private var connections: [Connection] = []
    private var listeners: [Listener] = []
    private var pool: [WireBuffer] = []
    private var unflushed: [Connection] = []
    private var wallClock = (turn: MonotonicInstant(nanoseconds: 0), milliseconds: Int64(0))
    private var date = DateCache()
    private var identities = RequestIDSource()
    var deflaters: DeflaterPool
    /// Bytes of an answer from which on it may be compressed.
    let codedBytesMin: Int
    private var onEmpty: (() -> Void)?
    /// A connection that comes to idle is let go.
    private(set) var closesIdle = false
    private var eviction = IdleEviction()

    private static let bufferBytes = 64 * 1_024
    /// More are never lent in one turn but to slow clients; they would lie idle.
    private static let pooledBuffersMax = 32

    init(loop: EventLoop, state: ServerState, bodyBytesMax: Int, inferencesMax: Int) {
        self.loop = loop
        self.state = state
        self.bodyBytesMax = bodyBytesMax
        self.inferencesMax = inferencesMax
        let target = DeadlineNanoseconds.nanoseconds(state.limits.shedTarget)
        if target > 0 {
            let interval = DeadlineNanoseconds.nanoseconds(state.limits.shedInterval)
            shedding = LoadShedding(target: target, interval: interval)
        }
        deadlines = DeadlineNanoseconds(state.limits)
        deflaters = DeflaterPool(level: state.limits.coding.level)
        codedBytesMin = state.limits.coding.answerBytesMin
    }

    var limits: ServerLimits { state.limits }

    // MARK: Connections

    func start(_ descriptors: [Int32]) throws {
        for descriptor in descriptors { listeners.append(try Listener(descriptor, room: self)) }
    }

    /// Takes over a descriptor that has a place of `Admission`.
    func accepted(_ descriptor: Int32, from address: String) {
        if state.edge.demandsProxyHeader, address != "unix", !state.edge.trusted.contains(address) {
            counters.refused(.proxyPeer)
            refuse(descriptor)
            return
        }
        guard state.admission.admit(address) else {
            counters.reached(.connectionsPerAddress)
            refuse(descriptor)
            return
        }
        let connection = Connection(descriptor, address: address, room: self, index: connections.count)
        guard connection.start() else {
            state.admission.dismiss(address)
            counters.reached(.descriptors)
            refuse(descriptor)
            return
        }
        connections.append(connection)
        counters.accepted.bump()
        counters.open.bump()
    }

    /// Lets those go that have idled longest, for connections that wait to be taken.
    /// - Returns: whether there is room now.
    func makeRoom() -> Bool {
        var closed = 0
        for connection in eviction.candidates(among: connections, at: loop.now().nanoseconds)
        where connection.evict() {
            counters.reached(.idleEvicted)
            closed += 1
        }
        return closed > 0
    }

    private func refuse(_ descriptor: Int32) {
        counters.refused.bump()
        close(descriptor)
        state.admission.release()
    }

    /// The last connection takes the place of the one that left.
    func closed(_ connection: Connection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
        counters.open.bump(-1)
        state.admission.dismiss(connection.clientAddress)
        state.admission.release()
        if connections.isEmpty { noteEmpty() }
    }

    func resumeListening() {
        for listener in listeners { listener.resume() }
    }

    func stopListening() {
        for listener in listeners { listener.close() }
        listeners.removeAll()
    }

    /// Lets idle connections go; `done` is called, once, when none is left.
    func drain(_ done: @escaping () -> Void) {
        onEmpty = done
        closesIdle = true
        // A copy: connections leave the list while it is walked.
        for connection in Array(connections) { connection.drain() }
        if connections.isEmpty { noteEmpty() }
    }

    func closeAll() {
        for connection in Array(connections) { connection.close(status: 503) }
    }

    private func noteEmpty() {
        let done = onEmpty
        onEmpty = nil
        done?()
    }

    // MARK: What connections share

    /// Takes `count` bytes of the room for bodies; false when there is not so much left.
    func holdBody(_ count: Int) -> Bool {
        guard bodyBytes + count <= bodyBytesMax else { return false }
        bodyBytes += count
        return true
    }

    /// Whether the new work at hand is turned away. The delay is looked at once in a turn, and only in turns in which
    /// such work comes.
    func shedsNewWork() -> Bool {
        guard shedding != nil else { return false }
        let turn = loop.turnStartedAt
        if turn != sheddingTurn {
            sheddingTurn = turn
            if shedding?.observe(delay: loop.queueDelay, at: turn.nanoseconds) == true, let shedding {
                counters.load.set(shedding, at: turn.nanoseconds)
            }
        }
        return shedding?.sheds() ?? false
    }

    /// Takes a place among the requests that run on routes that shed under load; false when all are taken.
    func takePlace() -> Bool {
        guard counters.running.load(ordering: .relaxed) < inferencesMax else { return false }
        counters.running.bump()
        return true
    }

    /// Gives back what the request took of the loop's shares.
    /// Gives back what a request had of the loop's: by parts, since a copy of the exchange costs a count for each.
    func release(bodyBytes count: Int, isInference: Bool) {
        bodyBytes -= count
        if isInference { counters.running.bump(-1) }
    }

    func takeBuffer() -> WireBuffer { pool.popLast() ?? WireBuffer(capacity: Self.bufferBytes) }

    func give(_ buffer: WireBuffer) {
        guard pool.count < Self.pooledBuffersMax, buffer.capacity == Self.bufferBytes else { return }
        buffer.clear()
        pool.append(buffer)
    }

    /// Whether the buffer is worth exchanging for a smaller one while its bytes wait.
    func isRoomy(_ buffer: WireBuffer) -> Bool {
        buffer.capacity >= Self.bufferBytes && buffer.count * 8 < buffer.capacity
    }

    /// Has the connection's output sent at the end of this turn.
    func flushLater(_ connection: Connection) {
        if unflushed.isEmpty { loop.beforeNextSleep { self.flushStreams() } }
        unflushed.append(connection)
    }

    private func flushStreams() {
        let batch = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for connection in batch { connection.flushStream() }
    }

    func appendDate(to buffer: WireBuffer) { date.append(wallMilliseconds() / 1_000, to: buffer) }

    func newIdentity() -> RequestID { identities.next(wallMilliseconds()) }

    /// The wall clock, read once in a turn: dates and the time in an id need no more.
    private func wallMilliseconds() -> Int64 {
        if wallClock.turn != loop.turnStartedAt { wallClock = (loop.turnStartedAt, clinux_wall_milliseconds()) }
        return wallClock.milliseconds
    }
}
