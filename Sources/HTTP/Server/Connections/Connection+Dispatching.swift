import Reactor

extension Connection {
    /// A body up to this many bytes is read and dropped to keep the connection; a longer one is not worth it.
    private static let droppedBodyBytesMax = 64 * 1_024
    /// Reserved for a body at once; a claim of more is no reason to believe it.
    private static let reservedBodyBytesMax = 64 * 1_024

    /// The head is here: everything that it alone decides is decided before the body is read.
    func begin(_ head: RequestHead, _ framing: BodyFraming) throws(WireError) {
        exchangeNumber += 1
        bodyStart = loop.turnStartedAt.nanoseconds
        exchange.open(head, identity(of: head), receivedAt: requestStart ?? bodyStart)
        if trustsPeer, let fault = noteForwarded(head) { return answerEarly(failure(400, fault), framing) }
        if let response = prohibition(head, framing) { return answerEarly(response, framing) }
        switch room.state.router.find(head.method, head.pathBytes) {
        case .found(let entry, let parameters):
            exchange.route = entry
            exchange.parameters = parameters
            if entry.route.options.isShedUnderLoad, room.shedsNewWork() {
                return answerEarly(overload(.queueDelay), framing)
            }
            if framing == .none { dispatch(head) } else { try admit(entry.route.options, head, framing) }
        case .methodNotAllowed(let methods):
            var response = failure(405, "\(head.method.rawValue) is not allowed here")
            response.headers.set("Allow", Self.list(methods))
            answerEarly(response, framing)
        case .notFound: answerEarly(failure(404, "nothing is served at this path"), framing)
        case .badPath(let reason): answerEarly(failure(400, reason), framing)
        }
    }

    private func identity(of head: RequestHead) -> RequestID {
        if let field = head.facts.requestIDField, let identity = RequestID(head.bytes[head.fields[field].value]) {
            return identity
        }
        return room.newIdentity()
    }

    private static func list(_ methods: [Method]) -> String { methods.map(\.rawValue).joined(separator: ", ") }

    /// Answers that need no route.
    private func prohibition(_ head: RequestHead, _ framing: BodyFraming) -> Response? {
        let facts = head.facts
        if facts.expectation == .unknown { return failure(417, "only Expect: 100-continue is known here") }
        if head.method == .connect {
            // RFC 9110 §9.3.6: what follows may be meant for the tunnel.
            exchange.isPersistent = false
            return failure(501, "CONNECT is not served here")
        }
        if head.method == .options, head.bytes[facts.path].elementsEqual("*".utf8) {
            // RFC 9110 §9.3.7: about the server as a whole.
            return Response(status: 204, headers: ["Allow": Self.list(room.state.router.methods)])
        }
        if framing != .none, facts.hasContentEncoding, facts.contentCoding == nil { return unknownCoding() }
        if facts.weighsEncodings, let response = weighEncodings(head) { return response }
        if let query = head.queryBytes, let fault = QueryParameters(query).fault { return failure(400, fault) }
        return nil
    }

    private func admit(_ options: RouteOptions, _ head: RequestHead, _ framing: BodyFraming) throws(WireError) {
        guard Self.accepts(options.acceptedContentTypes, head) else {
            let types = options.acceptedContentTypes.joined(separator: ", ")
            return answerEarly(failure(415, "Content-Type must be one of: \(types)"), framing)
        }
        let bytesMax = options.bodyBytesMax ?? room.limits.bodyBytesMax
        do throws(WireError) {
            try parser.limitBody(to: bytesMax)
        } catch {
            if let limit = ReachedLimit(status: error.status) { room.counters.reached(limit) }
            return answerEarly(failure(error.status, error.detail), framing)
        }
        if let coding = head.facts.contentCoding { try beginExpanding(coding, bytesMax: bytesMax) }
        if options.streamsBodies {
            exchange.owesContinue = head.facts.expectation == .continue
            return beginIncoming(head, framing)
        }
        if case .length(let length) = framing {
            exchange.body.reserveCapacity(min(length, Self.reservedBodyBytesMax))
        }
        // RFC 9110 §10.1.1: left out when the body is on its way already.
        if head.facts.expectation == .continue, input?.isEmpty ?? true {
            outputBuffer().append("HTTP/1.1 100 Continue\r\n\r\n")
            flush()
        }
    }

    private static func accepts(_ types: [String], _ head: RequestHead) -> Bool {
        guard !types.isEmpty else { return true }
        guard let value = head.bytes(known: "content-type") else { return false }
        let type = value.prefix { $0 != UInt8(ascii: ";") && !Octet.isWhitespace($0) }
        return types.contains { Octet.equal(type, $0.utf8) }
    }

    /// Answers from the head alone, at once. A short body is then read and dropped; with a longer one, or one that the
    /// client may not send at all (RFC 9110 §10.1.1), the connection ends.
    private func answerEarly(_ response: Response, _ framing: BodyFraming) {
        switch framing {
        case .none: break
        case .length(let length) where length <= Self.droppedBodyBytesMax:
            if exchange.head?.facts.expectation == .continue { exchange.isPersistent = false }
        default: exchange.isPersistent = false
        }
        respond(response)
    }

    /// The body of the request is complete.
    func endBody() throws(WireError) {
        try finishExpanding()
        requestStart = nil
        // Else this was the dropped body of an early answer.
        if let head = exchange.head { dispatch(head) }
    }

    /// The whole request is here, or all of it but a body that is streamed.
    func dispatch(_ head: RequestHead) {
        guard let entry = exchange.route else { return }
        requestStart = nil
        if entry.route.options.isShedUnderLoad {
            // Only now, so that bodies that never end take no places: of those that are streamed that is seen to by
            // the time that they have.
            guard room.takePlace() else {
                if exchange.incoming != nil { forgoBody() }
                return respond(overload(.inferencesRunning))
            }
            exchange.isInference = true
        }
        // Entity tags of codings are the connection's own affair.
        let plain = head.facts.hasEntityTags && entry.route.options.compressesAnswers ? plainHead(head) : head
        let request = Request(
            head: plain, body: exchange.body, parameters: exchange.parameters, receivedAt: exchange.receivedAt,
            loop: loop, remoteAddress: requestAddress, route: entry.route.path, identity: exchange.identity,
            memory: memory, stream: exchange.incoming)
        exchange.body = []
        switch entry.route.handler {
        case .immediate(let handler):
            let response = handler(request)
            if exchange.incoming != nil { forgoBody() }
            respond(response)
        case .asynchronous(let handler):
            phase = .handling
            exchange.request = request
            answer(by: { await handler(request) }, exchangeNumber)
        case .responding(let handler):
            phase = .handling
            exchange.request = request
            handler(request, Responder(self, exchangeNumber))
        }
    }

    /// Has a task find the answer of the request at hand, and stream it where it is streamed.
    func answer(by operation: @escaping @Sendable () async -> Response, _ number: Int) {
        guard number == exchangeNumber, phase == .handling else { return }
        let started = Task.immediate(executorPreference: loop) { [self] in
            let response = await operation()
            complete(response, number)
            if case .stream(let body) = response.body { await stream(body, number) }
        }
        began(started, number)
    }

    /// Starts a task on this very stack; it may be over when this returns.
    func run(_ operation: @escaping @Sendable (Connection) async -> Void) {
        let number = exchangeNumber
        began(Task.immediate(executorPreference: loop) { await operation(self) }, number)
    }

    /// The task of a request has run as far as it could at once.
    private func began(_ started: Task<Void, Never>, _ number: Int) {
        if isAnswering, exchangeNumber == number {
            task = started
        } else if phase == .closed {
            // It broke the connection itself, before it could be told so.
            started.cancel()
        }
    }

    /// A request that cannot be read on: an error, and the end of the connection.
    func refuse(_ error: WireError) {
        // The dropped body of a request that has its answer: there is nothing more to say.
        if !exchange.isOpen, parser.isInBody { return closeAfterFlush() }
        if !exchange.isOpen {
            exchangeNumber += 1
            exchange.open(nil, room.newIdentity(), receivedAt: requestStart ?? loop.turnStartedAt.nanoseconds)
        }
        exchange.isPersistent = false
        if let limit = ReachedLimit(status: error.status) { room.counters.reached(limit) }
        respond(error.status == 503 ? unavailable(error.detail) : failure(error.status, error.detail))
        flush()
    }

    private func overload(_ limit: ReachedLimit) -> Response {
        room.counters.reached(limit)
        return unavailable(
            limit == .queueDelay
                ? "the server is overloaded; try again later"
                : "the server runs as many inferences as it may; try again later")
    }

    /// RFC 9110 §10.2.3: seconds after which another try makes sense.
    private func unavailable(_ detail: String) -> Response {
        var response = failure(503, detail)
        response.headers.set("Retry-After", "1")
        return response
    }

    func failure(_ status: Int, _ detail: String) -> Response {
        room.state.errors(
            status, Status.reason(status), detail, exchange.head?.path, exchange.identity.text)
    }
}
