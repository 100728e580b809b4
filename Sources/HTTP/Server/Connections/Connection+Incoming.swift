import CLinux
import Glibc
import Reactor

/// Bodies that a handler gets piece by piece, while they come.
extension Connection {
    /// A rest of a body up to this many bytes is read and dropped to keep the connection.
    private static let droppedRestBytesMax = 64 * 1_024
    private static let readBytesMin = 4_096

    /// The body of the request at hand is on its way to a handler.
    var takesBody: Bool {
        guard isAnswering, let body = exchange.incoming else { return false }
        return !body.isOver
    }

    /// Has the handler called before the body was read.
    func beginIncoming(_ head: RequestHead, _ framing: BodyFraming) {
        var length: Int?
        if case .length(let count) = framing, exchange.coded == nil { length = count }
        exchange.incoming = RequestBody(self, exchangeNumber, length: length)
        dispatch(head)
    }

    /// Somebody waits for the body of the request at hand.
    func readBody(of number: Int) {
        guard number == exchangeNumber, takesBody else { return }
        // RFC 9110 §10.1.1: left out when the body is on its way already.
        if exchange.owesContinue {
            exchange.owesContinue = false
            if input?.isEmpty ?? true {
                outputBuffer().append("HTTP/1.1 100 Continue\r\n\r\n")
                flush()
            }
        }
        feedBody()
        settle()
    }

    func receiveBody() {
        guard exchange.incoming?.hasRoom == true, !isYielding else { return }
        let buffer = input ?? room.takeBuffer()
        input = buffer
        buffer.reserve(Self.readBytesMin)
        let space = buffer.writable
        let count = clinux_receive(descriptor, space.baseAddress, space.count)
        if count == 0 {
            hasReadEnd = true
            if exchange.cancelsOnDeparture { return abandon() }
            // RFC 9112 §8; the client may have shut its sending side only, and read this.
            failBody(.malformed("the request ends before its time"))
            exchange.incoming?.settle()
            return
        }
        guard count > 0 else {
            if errno != EAGAIN { abandon() }
            return
        }
        room.counters.bytesIn.bump(count)
        buffer.produced(count)
        feedBody()
    }

    /// Hands over what is buffered, as far as there is room for it.
    func feedBody() {
        guard let body = exchange.incoming, takesBody, !isYielding else { return }
        do throws(WireError) {
            while body.hasRoom, !body.isOver, let input, !input.isEmpty || parser.hasPendingEnd {
                guard try bodyStep(input, body) else { break }
            }
        } catch {
            failBody(error)
        }
        // The time that it takes us to make room is not the client's.
        bodyStart += body.note(isHeldBack: !body.hasRoom && !body.isOver, at: loop.turnStartedAt.nanoseconds)
        body.settle()
    }

    /// One event of the parser; false when it needs more.
    private func bodyStep(_ input: WireBuffer, _ body: RequestBody) throws(WireError) -> Bool {
        if let coded = exchange.coded, coded.pendingCount > 0 { return try expandBody(input, body) }
        let readable = input.readable
        var offset = 0
        switch try parser.next(readable.span, &offset) {
        case .needMore:
            input.consume(offset)
            return false
        // A head cannot come before the body has ended, and then nothing is read here.
        case .head: return false
        case .data(let range) where exchange.coded != nil:
            input.consume(range.lowerBound)
            exchange.coded?.pendingCount = range.count
            return try expandBody(input, body)
        case .data(let range):
            try holdBytes(range.count)
            body.append(UnsafeBufferPointer(rebasing: readable[range]))
            input.consume(offset)
        case .end:
            input.consume(offset)
            try finishExpanding()
            body.complete()
        }
        return true
    }

    private func expandBody(_ input: WireBuffer, _ body: RequestBody) throws(WireError) -> Bool {
        let goesOn = try expand(input)
        body.append(exchange.body)
        exchange.body.removeAll(keepingCapacity: true)
        return goesOn
    }

    /// The body cannot be read on: the handler is told, and answers.
    func failBody(_ error: WireError) {
        guard let body = exchange.incoming else { return }
        exchange.isPersistent = false
        if let limit = ReachedLimit(status: error.status) { room.counters.reached(limit) }
        body.fail(error)
    }

    /// - Parameter number: of the exchange whose body is not waited for any longer.
    func expireBody(of number: Int) {
        guard number == exchangeNumber, takesBody else { return }
        expireBody()
        settle()
    }

    /// The body did not come in time.
    func expireBody() {
        room.counters.reached(.bodyTimeout)
        exchange.isPersistent = false
        exchange.incoming?.fail(WireError(408, "the request did not arrive in time"))
        exchange.incoming?.settle()
    }

    /// The answer begins before the body was read: a short rest of it is dropped, with a longer one the connection
    /// ends.
    func forgoBody() {
        guard let body = exchange.incoming, !body.isOver else { return }
        body.fail(WireError(499, "the request has its answer"))
        // Who waits for it would be kept by it, and it by who waits.
        body.settle()
        let isShort = parser.bodyRest.map { $0 <= Self.droppedRestBytesMax } ?? false
        // RFC 9110 §10.1.1: a client that was not told to go on may not send it at all.
        if !isShort || exchange.owesContinue || exchange.coded != nil { exchange.isPersistent = false }
    }

    /// - Parameter number: of the exchange whose bytes they are.
    func release(bodyBytes count: Int, of number: Int) {
        guard number == exchangeNumber, exchange.isOpen else { return }
        let count = min(count, exchange.heldBytes)
        exchange.heldBytes -= count
        room.release(bodyBytes: count, isInference: false)
    }
}
