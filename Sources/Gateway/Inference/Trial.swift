import Domain
import HTTP
import Reactor
import Translation

/// A try at one variant, and the answers that can be made of it. An object: as a value of eight references it was
/// copied from hand to hand.
final class Trial: Sendable {
    let plan: VariantPlan
    let route: SurfaceRoute
    let exchange: any UpstreamExchange
    let start: MonotonicInstant
    /// When its own time is over; nil where that of all tries comes first.
    let end: MonotonicInstant?
    /// Whether its time is what an upstream may be blamed for not keeping: the process's bounds, whole, neither cut
    /// short by its caller or its deployment nor used up by tries before.
    let hasWholeTime: Bool
    /// Where it tries out an upstream that had failed.
    let permit: TrialPermit?
    /// Where its variant runs at several places.
    let visit: UpstreamVisit?
    let record: InferenceRecord
    /// What an answer of embeddings has to be like; told where they are translated.
    let vectors: ReplyContext.Vectors?

    init(
        _ plan: VariantPlan, over route: SurfaceRoute, _ exchange: any UpstreamExchange, from start: MonotonicInstant,
        until end: MonotonicInstant? = nil, hasWholeTime: Bool = false, permit: TrialPermit? = nil,
        visit: UpstreamVisit? = nil, _ record: InferenceRecord, vectors: ReplyContext.Vectors? = nil
    ) {
        self.plan = plan
        self.route = route
        self.exchange = exchange
        self.start = start
        self.end = end
        self.hasWholeTime = hasWholeTime
        self.permit = permit
        self.visit = visit
        self.record = record
        self.vectors = vectors
    }

    private var style: CallerStyle { route.surface.style }

    /// What an answer in the caller's words is to hold beside the provider's.
    func context(wantsUsage: Bool) -> ReplyContext {
        var context = ReplyContext(
            createdAt: record.outcome.createdAt.milliseconds / 1_000, id: record.outcome.id.text,
            model: plan.variant.providerModel, wantsStreamUsage: wantsUsage, vectors: vectors)
        context.inputTokens = TokenEstimate.tokens(ofBytes: record.sentBytes)
        return context
    }

    func ended(status: Int?, error: String?, at instant: MonotonicInstant = .now()) {
        record.attempted(plan, status: status, error: error, from: start, to: instant, waited: exchange.waited)
        if let visit { visit.ended(status: status, error: error, at: instant) }
    }

    func answer(_ answer: PlainAnswer) -> Response {
        let now = exchange.now()
        ended(status: exchange.head?.status, error: nil, at: now)
        record.served(by: plan)
        record.outcome.bodies?.answered(answer.bytes)
        record.used(
            answer.tokens, finishReason: answer.finishReason, answerBytes: answer.saidBytes,
            bytesMax: answer.bytes.count, isWhole: true)
        var response = Response.json(answer.bytes)
        record.mark(&response, at: now)
        record.finish(.ok, at: now)
        return response
    }

    /// What is wrong with an upstream that gives such an answer; nil where it is for the caller to read.
    func failure(status: Int, _ body: [UInt8]) -> TrialFailure? {
        PlainTrial.failure(of: status) ?? route.translation?.failure(status: status, body)
    }

    private var requestID: String { record.outcome.requestID }

    private var providerRefusal: ProviderRefusal {
        ProviderRefusal(route: route, provider: plan.variant.provider, requestID: requestID)
    }

    /// The provider has refused what the caller sent. To be called when the attempt was recorded.
    func refusal(_ head: UpstreamHead, _ body: [UInt8]) -> Response {
        let code = Self.code(of: head)
        record.served(by: plan)
        var response = providerRefusal.response(head, body)
        record.mark(&response)
        if case .bytes(let bytes) = response.body { record.outcome.bodies?.answered(bytes) }
        record.finish(Self.outcomeStatus(of: head.status), error: code)
        return response
    }

    /// For `Attempt.error`.
    static func code(of head: UpstreamHead) -> String { "http_\(head.status)" }

    /// What it is called that has ended this try: its own deadline is the transfer's total one.
    func named(_ failure: TrialFailure) -> TrialFailure {
        if end != nil, case .transfer(.timeoutTotal) = failure { .transfer(.timeoutTry) } else { failure }
    }

    private static func outcomeStatus(of status: Int) -> OutcomeStatus {
        switch status {
        case 429: .rateLimited
        // The provider does not know the model or the path: the variant is at fault, not the caller.
        case 404, 405: .upstreamError
        case 408: .upstreamTimeout
        default: .invalidRequest
        }
    }

    func streamedAnswer(_ relay: StreamRelay, keepAlive: Duration) -> Response {
        record.served(by: plan)
        if let visit, relay.hasBegun { visit.answered(at: exchange.now()) }
        var response = Self.streamHead()
        record.mark(&response, running: exchange.waited)
        response.body = .stream { writer in try await self.deliver(relay, to: writer, keepAlive: keepAlive) }
        return response
    }

    /// A streamed answer before its events.
    static func streamHead() -> Response {
        Response(
            status: 200,
            headers: [
                "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache",
                "X-Accel-Buffering": "no",
            ])
    }

    /// Relays the events to their end, and records it.
    /// - Throws: `ClientGone`.
    func deliver(_ relay: StreamRelay, to writer: some EventSink, keepAlive: Duration) async throws {
        // Whoever waits for a trial call's word need not wait for the end of its answer. Others have answered when they
        // are whole, or else one that breaks would count for both.
        let isTold = relay.hasBegun && permit != nil
        if isTold { answered() }
        var failure: TrialFailure?
        do {
            failure = try await relay.run(writer, keepAlive: keepAlive)
        } catch {
            failure = .transfer(.cancelled)
        }
        // What the upstream still has to say is nothing but the end of its framing.
        if failure == nil { exchange.release() } else { exchange.cancel() }
        if let visit, let first = relay.firstTokenAt { visit.answered(at: first) }
        ended(status: exchange.head?.status, error: failure?.code)
        switch failure {
        case .status(429)?, .reported(_, 429)?: limited()
        case let failure?: failed(failure, isStream: relay.hasBegun)
        case nil: if !isTold { answered() }
        }
        record.firstToken(at: relay.firstTokenAt)
        if let failure, !relay.hasBegun {
            record.wasted(relay.reading.tokens, mayBeBilled: mayBeBilled(failure))
        } else {
            record.used(
                relay.reading.tokens, input: relay.reading.inputTokens, finishReason: relay.reading.finishReason,
                answerBytes: relay.reading.saidBytes, isWhole: failure == nil)
        }
        guard let failure else { return record.finish(.ok) }
        guard !failure.isCancelled else {
            record.finish(.clientClosed, error: "client_closed")
            throw ClientGone()
        }
        record.finish(Self.outcomeStatus(of: failure, hasBegun: relay.hasBegun), error: failure.code)
        // No [DONE] and no forged finish_reason: the caller must be able to tell this from a whole answer.
        if case .reported(let raw, _) = failure, !providerRefusal.quotesCredential(raw) {
            try await writer.write(raw)
        } else {
            try await writer.write(style.event(failure.error, requestID: requestID))
        }
    }

    private static func outcomeStatus(of failure: TrialFailure, hasBegun: Bool) -> OutcomeStatus {
        if hasBegun { return .brokenStream }
        return failure.isTimeout ? .upstreamTimeout : .upstreamError
    }

    /// Where a success is more than is held of it, and nobody takes it piece by piece: the rest is not waited for, and
    /// what it may have cost counts.
    /// - Returns: nil for any other answer.
    func tooLargeAnswer(_ bytesMax: Int) -> Response? {
        guard !exchange.isFinished, let head = exchange.head, (200..<300).contains(head.status) else { return nil }
        let bytes = exchange.bytesWaiting
        exchange.cancel()
        ended(status: head.status, error: LineVerdict.tooLarge)
        answered()
        record.served(by: plan)
        record.used(nil, finishReason: nil, answerBytes: bytes, isWhole: false)
        let error = OpenAIError(
            status: 502,
            message: "the provider's answer is longer than the \(bytesMax) bytes that a batch keeps of one",
            code: LineVerdict.tooLarge)
        var response = style.response(error, requestID: requestID)
        record.mark(&response)
        record.finish(.upstreamError, error: LineVerdict.tooLarge)
        return response
    }

    func oversizedAnswer() -> Response { passedOn("application/json", isStored: true) }

    /// An answer of any media type, of which the first bytes are here.
    func mediaAnswer(_ type: String) -> Response {
        record.firstToken(at: exchange.now())
        // What is no text has nothing in it that could be redacted, and is not stored.
        return passedOn(type, isStored: type.hasPrefix("text/"))
    }

    /// The answer as it comes.
    private func passedOn(_ type: String, isStored: Bool) -> Response {
        record.served(by: plan)
        if let visit { visit.answered(at: exchange.now()) }
        if permit != nil { answered() }
        var response = Response(status: 200)
        response.headers.add("Content-Type", type)
        record.mark(&response, running: exchange.waited)
        response.body = .stream { writer in try await self.deliver(writer, isStored: isStored) }
        return response
    }

    /// - Throws: when it breaks off, so that the server ends the connection without the mark of a whole body.
    private func deliver(_ writer: BodyWriter, isStored: Bool) async throws {
        do {
            while exchange.bytesWaiting > 0 || !exchange.isFinished {
                let bytes = exchange.take()
                if isStored { record.outcome.bodies?.answered(bytes) }
                try await writer.write(bytes)
                await exchange.yield()
                if exchange.bytesWaiting == 0 { await exchange.wait(for: .bytes(1), until: nil) }
            }
        } catch {
            exchange.cancel()
            ended(status: exchange.head?.status, error: UpstreamFailure.cancelled.code)
            record.finish(.clientClosed, error: "client_closed")
            throw error
        }
        let failure = exchange.failure
        ended(status: exchange.head?.status, error: failure?.code)
        if let failure { failed(.transfer(failure), isStream: true) }
        guard let failure else {
            if permit == nil { answered() }
            return record.finish(.ok)
        }
        record.finish(failure == .cancelled ? .clientClosed : .brokenStream, error: failure.code)
        throw ClientGone()
    }
}
