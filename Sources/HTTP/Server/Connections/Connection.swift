import CLinux
import Glibc
import Reactor

/// One client's connection: reads, has its requests answered in order, writes. A state machine around the parser; its
/// verbs are in the extensions. What it needs only while it works (buffers) it borrows from its room, so that an idle
/// connection holds a few hundred bytes.
final class Connection: @unchecked Sendable {
    // @unchecked: touched only on its loop's thread; tasks and writers come back to it first.

    enum Phase {
        /// Between requests, or with a request on its way into the parser.
        case receiving
        /// A handler's task runs; nothing is parsed meanwhile, so that answers keep their order.
        case handling
        /// Its answer is being streamed.
        case streaming
        /// The answer is out and our side shut; what the client still sends is dropped (RFC 9112 §9.6).
        case lingering
        case closed
    }

    let room: ServerLoop
    let loop: EventLoop
    let descriptor: Int32
    /// The client's: the peer's address, or what a trusted proxy says it is. Its share of connections is counted by it.
    private(set) var clientAddress: String
    /// The peer is a proxy whose word about its clients is taken.
    var trustsPeer: Bool
    /// Nothing is read before the PROXY header is.
    var awaitsProxyHeader: Bool
    /// Its place in the room's list.
    var index: Int

    var phase = Phase.receiving
    var parser: RequestParser
    var exchange = Exchange()
    /// Counts requests; a task or writer of an earlier one finds nothing here any more.
    var exchangeNumber = 0
    var task: Task<Void, Never>?
    var waiters: [WriteWaiter] = []
    private(set) lazy var memory = ConnectionMemory()

    var input: WireBuffer?
    var output: WireBuffer?
    /// Follows `output`, which is there as long as this is.
    var owed: OwedBody?
    var isProcessing = false
    /// It has had its turn and goes on in the next.
    var isYielding = false
    var isFlushScheduled = false
    var closesWhenFlushed = false
    /// The client sends on while its request is being answered; that waits in the kernel.
    var isReadPaused = false
    /// The client shut its side while its request was being answered.
    var isHalfClosed = false
    /// The end of what the client sends was read.
    var hasReadEnd = false
    var lingeredBytes = 0

    // Nanoseconds of the monotonic clock.
    /// When the first byte of the request at hand was read.
    var requestStart: UInt64?
    var bodyStart: UInt64 = 0
    var idleSince: UInt64
    /// Since when the client owes us the taking of output, and how much it took since.
    var writeStart: UInt64?
    var bytesTaken: UInt64 = 0
    var deadline = UInt64.max
    var timer: TimerToken?
    var timerDeadline = UInt64.max

    private var registration: Registration?

    init(_ descriptor: Int32, address: String, room: ServerLoop, index: Int) {
        self.descriptor = descriptor
        self.room = room
        self.index = index
        loop = room.loop
        clientAddress = address
        trustsPeer = room.state.edge.trusted.contains(address)
        awaitsProxyHeader = room.state.edge.demandsProxyHeader && address != "unix"
        parser = RequestParser(limits: room.state.limits.wire)
        idleSince = room.loop.turnStartedAt.nanoseconds
        // A proxy speaks at once: it has no time to be idle in.
        if awaitsProxyHeader { requestStart = idleSince }
    }

    /// False when epoll takes no more descriptors; the descriptor is then still the caller's.
    func start() -> Bool {
        // The ring of connection and registration is broken by `close`.
        registration = try? loop.register(descriptor, interest: Self.reading) { self.ready($0) }
        guard registration != nil else { return false }
        rearm()
        return true
    }

    /// A proxy that is trusted says for whom it speaks; the connection then counts as that client's. False when that
    /// one has its share of connections already: the connection is to be closed.
    func speaks(for address: String) -> Bool {
        guard address != clientAddress else { return true }
        guard room.state.admission.admit(address) else {
            room.counters.reached(.connectionsPerAddress)
            return false
        }
        room.state.admission.dismiss(clientAddress)
        clientAddress = address
        return true
    }

    /// Nothing has come of a next request, and nothing is to be sent.
    var isIdle: Bool {
        phase == .receiving && parser.isAtStart && output == nil && !isYielding && (input?.isEmpty ?? true)
    }
    var isAnswering: Bool { phase == .handling || phase == .streaming }
    var outputCount: Int { (output?.count ?? 0) + (owed?.count ?? 0) }
    /// The client has not taken an answer, so it gets no further one: whoever asks for many and reads none would have
    /// them all kept here.
    var owesTaking: Bool { writeStart != nil && parser.isAtStart }
    var isOutputFull: Bool { outputCount > room.limits.writeBufferBytesMax }

    private func ready(_ readiness: Readiness) {
        if readiness.contains(.error) { return abandon() }
        // Both sides are shut: nobody is left to read an answer. What came before may still be read, and is.
        if readiness.contains(.hangup), isAnswering || output != nil { return abandon() }
        if readiness.contains(.write) { flush() }
        switch phase {
        case .receiving:
            if readiness.contains(.read) || readiness.contains(.hangup) { receive() }
            if isAnswering, readiness.contains(.peerClosed) { departed() }
        case .handling where takesBody, .streaming where takesBody:
            if isBodyHeldBack, exchange.cancelsOnDeparture, readiness.contains(.peerClosed) { return abandon() }
            // What the client sent before it left may still be read, and shows itself by its end.
            if readiness.contains(.read) || readiness.contains(.peerClosed) { receiveBody() }
        case .handling, .streaming:
            if readiness.contains(.peerClosed) { departed() }
            if readiness.contains(.read) { isReadPaused = true }
        case .lingering: linger()
        case .closed: return
        }
        settle()
    }

    /// Makes the descriptor's watch and the deadline fit what the connection now waits for, and returns idle buffers.
    func settle() {
        guard phase != .closed else { return }
        if room.closesIdle, isIdle { closeAfterFlush() }
        registration?.set(interest)
        returnInput()
        rearm()
    }

    /// The handler takes what comes of the body more slowly than the client sends.
    private var isBodyHeldBack: Bool { exchange.incoming?.hasRoom != true || isYielding }

    private var interest: Interest {
        let writing = output == nil ? Self.nothing : .write
        switch phase {
        case .receiving:
            // A client that does not read, or that is to be closed, or has had its turn, is not read from.
            let isHeld = closesWhenFlushed || isYielding || isOutputFull || owesTaking
            return isHeld ? writing : writing.union(Self.reading)
        case .handling, .streaming:
            if takesBody {
                guard isBodyHeldBack else { return writing.union(.read) }
                // Where that does not cancel it would be reported for ever.
                return exchange.cancelsOnDeparture ? writing.union(.peerClosed) : writing
            }
            if isHalfClosed { return writing }
            return writing.union(isReadPaused ? .peerClosed : Self.reading)
        case .lingering: return .read
        case .closed: return Self.nothing
        }
    }

    // Literals of option sets are built by a generic loop, which is dear where every request passes.
    private static let nothing = Interest(rawValue: 0)
    private static let reading = Interest.read.union(.peerClosed)

    private func returnInput() {
        guard let input else { return }
        if input.isEmpty {
            self.input = nil
            room.give(input)
        } else if room.isRoomy(input) {
            // A client that sends drop by drop holds no more memory than its drops.
            self.input = input.compacted()
            room.give(input)
        }
    }

    /// The client is gone.
    func abandon() { close(status: 499) }

    /// - Parameter status: what the observer is told of a request that was being answered; 499 is the usual code for a
    ///   client that left.
    func close(status: Int) {
        guard phase != .closed else { return }
        let isCancelled = phase == .streaming || exchange.cancelsOnDeparture
        if isAnswering { reportUnanswered(status) }
        room.release(bodyBytes: exchange.heldBytes, isInference: exchange.isInference)
        phase = .closed
        registration?.cancel()
        registration = nil
        Glibc.close(descriptor)
        timer?.cancel()
        timer = nil
        let (request, body) = (exchange.request, exchange.incoming)
        exchange.close()
        if let input { room.give(input) }
        if let output { room.give(output) }
        (input, output, owed) = (nil, nil, nil)
        let (task, waiters) = (task, waiters)
        self.task = nil
        self.waiters = []
        if isCancelled {
            request?.departed(isAnswered: false)
            task?.cancel()
        }
        for waiter in waiters { waiter.fail(ClientGone()) }
        if let body {
            body.fail(WireError(499, "the client closed the connection"))
            body.settle()
        }
        room.closed(self)
    }
}
