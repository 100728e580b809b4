import Reactor

extension Connection {
    /// Up to this many bytes a body is copied behind its head; a longer one goes out from where it lies.
    private static let copiedBodyBytesMax = 16 * 1_024

    /// How the end of an answer's body is told.
    private enum AnswerFraming {
        case none
        case length(Int)
        case chunked
        case close
    }

    /// The answer of a handler's task; of a streamed one, its head.
    func complete(_ response: Response, _ number: Int) { complete(response, number, hasTask: true) }

    /// The answer of a handler that has no task.
    func reply(_ response: Response, _ number: Int) { complete(response, number, hasTask: false) }

    private func complete(_ response: Response, _ number: Int, hasTask: Bool) {
        assert(loop.isCurrent, "an answer that belongs to this loop came from elsewhere")
        guard number == exchangeNumber, phase == .handling else { return }
        if exchange.incoming != nil { forgoBody() }
        phase = .receiving
        respond(response, hasTask: hasTask)
        resumeAfterAnswer()
    }

    /// Encodes an answer. A streamed body is started here unless a task is at hand that will run it.
    /// - Parameter isNegotiated: it has the form that the client wants.
    func respond(_ response: Response, hasTask: Bool = false, isNegotiated: Bool = false) {
        let status = (200...599).contains(response.status) ? response.status : 500
        let isHead = exchange.head?.method == .head
        // RFC 9110 §15.3.5 and §15.4.5.
        let isBodiless = status == 204 || status == 304
        let buffer = outputBuffer()
        let before = buffer.count
        exchange.status = status
        switch response.body {
        case .empty:
            if status == 304, !isNegotiated, let other = negotiatedUnchanged(response) {
                return respond(other, hasTask: hasTask, isNegotiated: true)
            }
            encodeHead(response, status, isBodiless ? .none : .length(0), to: buffer)
        case .bytes(let bytes):
            if bytes.count >= room.codedBytesMin || exchange.demandsCoding, !isNegotiated,
                let other = negotiated(response, bytes, status)
            {
                // A task that is at hand runs the handler's own body, not this one.
                return respond(other, isNegotiated: true)
            }
            encodeHead(response, status, isBodiless ? .none : .length(bytes.count), to: buffer)
            if !isHead, !isBodiless {
                exchange.bytesOut = buffer.count - before + bytes.count
                append(bytes, to: buffer)
                return finish()
            }
        case .stream(let body):
            let isChunked = !exchange.isHTTP10
            encodeHead(response, status, isBodiless ? .none : isChunked ? .chunked : .close, to: buffer)
            if !isHead, !isBodiless {
                exchange.bytesOut = buffer.count - before
                exchange.isChunked = isChunked
                phase = .streaming
                let number = exchangeNumber
                flushLater()
                if !hasTask { run { await $0.stream(body, number) } }
                return
            }
        }
        exchange.bytesOut = buffer.count - before
        finish()
    }

    private func append(_ bytes: [UInt8], to buffer: WireBuffer) {
        guard bytes.count > Self.copiedBodyBytesMax else { return buffer.append(bytes) }
        owed = OwedBody(bytes, from: 0)
        // An error shows itself again at the flush that follows.
        _ = sendOwed(behind: buffer)
        if owed != nil || !buffer.isEmpty { noteOwing() }
    }

    private func encodeHead(_ response: Response, _ status: Int, _ framing: AnswerFraming, to buffer: WireBuffer) {
        var closes = !exchange.isPersistent || room.state.isDraining
        Status.append(status, to: buffer)
        room.appendDate(to: buffer)
        let headers = response.headers
        if headers.refusedCount > 0 { room.counters.fieldsRefused.bump(headers.refusedCount) }
        if headers.holdsServersField {
            closes = appendWithoutServersFields(headers, to: buffer) || closes
        } else {
            buffer.append(headers.wire)
        }
        if !headers.holdsRequestID {
            buffer.append("X-Request-Id: ")
            exchange.identity.append(to: buffer)
            buffer.append("\r\n")
        }
        switch framing {
        case .none: break
        case .chunked: buffer.append("Transfer-Encoding: chunked\r\n")
        case .close: closes = true
        case .length(let length):
            buffer.append("Content-Length: ")
            buffer.append(decimal: length)
            buffer.append("\r\n")
        }
        if closes {
            exchange.isPersistent = false
            buffer.append("Connection: close\r\n")
        } else if exchange.isHTTP10 {
            buffer.append("Connection: keep-alive\r\n")
        }
        buffer.append("\r\n")
    }

    /// Returns whether the handler asks for the connection to be closed.
    private func appendWithoutServersFields(_ headers: Headers, to buffer: WireBuffer) -> Bool {
        var closes = false
        for (name, value) in headers {
            switch OwnField(name) {
            case .framing: continue
            case .connection: if Octet.equal(value.utf8, "close".utf8) { closes = true }
            default:
                buffer.append(name)
                buffer.append(": ")
                buffer.append(value)
                buffer.append("\r\n")
            }
        }
        return closes
    }

    /// The answer is complete and buffered.
    func finish() {
        guard exchange.isOpen else { return }
        report(status: exchange.status)
        room.release(bodyBytes: exchange.heldBytes, isInference: exchange.isInference)
        exchange.request?.departed(isAnswered: true)
        if !exchange.isPersistent { closesWhenFlushed = true }
        exchange.close()
        task = nil
        phase = .receiving
        requestStart = nil
        isReadPaused = false
        idleSince = loop.turnStartedAt.nanoseconds
    }

    /// Goes on with the next request, after an answer that was not given from within `process`.
    func resumeAfterAnswer() {
        guard !isProcessing, phase != .closed else { return }
        if phase == .receiving { process() }
        settle()
    }

    /// The request at hand will not be answered to its end.
    func reportUnanswered(_ status: Int) {
        room.counters.clientsGone.bump()
        report(status: status)
    }

    private func report(status: Int) {
        room.counters.answered(status)
        guard let observer = room.state.observer, observer.wants(status: status), let head = exchange.head else {
            return
        }
        observer.completed(
            route: exchange.route?.route.path ?? "", method: head.method, status: status,
            duration: exchange.receivedAt.duration(to: .now()), bytesOut: exchange.bytesOut,
            requestID: exchange.identity.text, client: requestAddress)
    }
}
