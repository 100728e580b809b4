import CLinux
import Glibc
import Reactor

extension Connection {
    /// Room that a read is given at least.
    private static let readBytesMin = 4_096

    /// One read, then everything that it completes. A second read is left to the next readiness, which is
    /// level-triggered.
    func receive() {
        let buffer = input ?? room.takeBuffer()
        input = buffer
        buffer.reserve(Self.readBytesMin)
        let space = buffer.writable
        let count = clinux_receive(descriptor, space.baseAddress, space.count)
        if count == 0 { return endOfFile() }
        guard count > 0 else {
            if errno != EAGAIN { abandon() }
            return
        }
        room.counters.bytesIn.bump(count)
        buffer.produced(count)
        // It was there when the turn began: what it waited for since is ours.
        if requestStart == nil { requestStart = loop.turnStartedAt.nanoseconds }
        process()
    }

    /// Parses and answers what is buffered, in order, until a handler takes its time or the client must read first.
    func process() {
        guard !isProcessing else { return }
        isProcessing = true
        defer { isProcessing = false }
        let first = exchangeNumber
        if awaitsProxyHeader {
            guard let input, readProxyHeader(input) else { return }
        }
        while phase == .receiving, !closesWhenFlushed, let input, !input.isEmpty || parser.hasPendingEnd {
            if owesTaking || isOutputFull {
                flush()
                guard phase == .receiving else { return }
                if owesTaking || isOutputFull {
                    // Not by way of another flush: what it got rid of, nobody would go on after.
                    return room.counters.reached(.writeBuffer)
                }
            }
            if exchangeNumber - first > room.limits.pipelineDepthMax, parser.isAtStart {
                if !isYielding { room.counters.reached(.pipelineDepth) }
                yieldTurn()
                break
            }
            if requestStart == nil { requestStart = loop.turnStartedAt.nanoseconds }
            do throws(WireError) {
                guard try step(input) else { break }
            } catch {
                refuse(error)
                break
            }
        }
        flush()
    }

    /// Lets the other connections have theirs, then goes on with what is buffered.
    func yieldTurn() {
        guard !isYielding else { return }
        isYielding = true
        loop.execute { self.resume() }
    }

    private func resume() {
        isYielding = false
        switch phase {
        case .receiving: process()
        case .handling, .streaming: feedBody()
        case .lingering, .closed: return
        }
        settle()
    }

    /// One event of the parser; false when it needs more.
    private func step(_ input: WireBuffer) throws(WireError) -> Bool {
        if let coded = exchange.coded, coded.pendingCount > 0 { return try expand(input) }
        let readable = input.readable
        var offset = 0
        let event = try parser.next(readable.span, &offset)
        switch event {
        case .needMore:
            input.consume(offset)
            return false
        case .head(let head, let framing):
            input.consume(offset)
            try begin(head, framing)
        case .data(let range) where exchange.coded != nil:
            input.consume(range.lowerBound)
            exchange.coded?.pendingCount = range.count
            return try expand(input)
        case .data(let range):
            try keep(UnsafeBufferPointer(rebasing: readable[range]))
            input.consume(offset)
        case .end:
            input.consume(offset)
            try endBody()
        }
        return true
    }

    /// Appends a piece of the body, unless its request has its answer already.
    private func keep(_ piece: UnsafeBufferPointer<UInt8>) throws(WireError) {
        guard exchange.isOpen else { return }
        try holdBytes(piece.count)
        exchange.body.append(contentsOf: piece)
    }

    /// Takes so much of the loop's room for bodies. Throws 503 when there is not so much left.
    func holdBytes(_ count: Int) throws(WireError) {
        guard room.holdBody(count) else {
            throw WireError(503, "the server holds as many bytes of bodies as it may")
        }
        exchange.heldBytes += count
    }

    private func endOfFile() {
        hasReadEnd = true
        let isBetweenRequests = parser.isAtStart && (input?.isEmpty ?? true)
        if isBetweenRequests || (parser.isInBody && !exchange.isOpen) {
            closeAfterFlush()
        } else {
            // RFC 9112 §8; the client may have shut its sending side only, and read this.
            refuse(.malformed("the request ends before its time"))
        }
    }

    /// The client shut its side while its request is being answered. RFC 9112 §9.5 leaves open whether it still reads.
    func departed() {
        if exchange.cancelsOnDeparture { return abandon() }
        isHalfClosed = true
    }

    /// Gives its place to another, unless a request came just now.
    /// - Returns: whether it is closed.
    func evict() -> Bool {
        guard isIdle else { return false }
        receive()
        settle()
        guard isIdle else { return phase == .closed }
        // Without lingering: the descriptor is needed at once, and nothing was sent that could get lost.
        close(status: 499)
        return true
    }

    /// Lets an idle connection go; one at work closes after its answer, because the server is draining.
    func drain() {
        guard isIdle else { return }
        // What arrived just now is still answered.
        receive()
        settle()
    }
}
