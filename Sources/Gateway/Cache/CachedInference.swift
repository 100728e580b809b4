import Domain
import HTTP
import REST
import Reactor

/// An inference of a deployment that keeps answers: key → what is kept, or what another waits for, or the provider.
struct CachedInference: Sendable {
    let inference: Inference
    let trials: TrialSequence
    let policy: CachePolicy
    private let cache: AnswerCache
    private let tally: CacheTally
    /// How often it has waited for a call that came to nothing through its own caller's doing.
    private var turns = 0

    /// After so many it asks for itself, so that nobody waits for ever.
    private static let turnsMax = 3

    init(_ inference: Inference, _ trials: TrialSequence, _ policy: CachePolicy) {
        self.inference = inference
        self.trials = trials
        self.policy = policy
        cache = inference.gateway.cache
        tally = trials.cacheTally(in: cache)
    }

    private var record: InferenceRecord { trials.record }
    private var style: CallerStyle { inference.surface.style }
    var loop: EventLoop { inference.request.loop }
    /// When its caller will not wait any longer.
    var patienceEnd: MonotonicInstant { trials.patience.end }

    func tie(to listener: any DepartureListener) { inference.request.tieToCaller(listener) }

    func answer(_ responder: Responder) {
        let directives = CacheDirectives(inference.request.head)
        guard !directives.isNoStore, let ground = ground(), let key = key(ground) else {
            tally.bypassed()
            record.cached(.bypass)
            return inference.begin(trials, responder)
        }
        switch cache.find(key, ageMax: directives.ageMax, tally, makeFlight: newFlight()) {
        case .answer(let answer):
            if let refused = refusedByLimits() { return responder.send(refused) }
            responder.send(reply(answer))
        case .flight(let flight):
            if let refused = refusedByLimits() {
                flight.leave()
                return responder.send(refused)
            }
            follow(flight, responder)
        case .lead(let flight):
            let lead = FlightLead(flight, key, policy, tally, trials, in: cache, on: loop)
            trials.lead = lead
            tie(to: lead)
            guard policy.isArchived, directives.ageMax > 0, let archive = cache.archive else {
                return compare(ground, lead, ageMax: directives.ageMax, responder)
            }
            if let refused = refusedByLimits() {
                missed()
                return responder.send(trials.settled(refused))
            }
            responder.run { await self.recall(from: archive, ground, lead, ageMax: directives.ageMax) }
        }
    }

    /// What was answered before memory lost it, or what there is without.
    private func recall(
        from archive: any AnswerArchive, _ ground: Ground, _ lead: FlightLead, ageMax: Int
    ) async -> Response {
        let limit = trials.patience.limit(
            of: inference.gateway.settings.cacheDiskTimeoutMilliseconds, from: loop.now())
        if let found = await ArchiveLookup(archive, lead.key, ageMax: ageMax, on: loop).answer(until: limit) {
            let answer = CachedAnswer(found, readAt: cache.now(), wall: archive.now())
            lead.ended(known: answer)
            return reply(answer, isFromArchive: true)
        }
        // A provider that is asked for nobody costs as much as any other.
        guard !lead.flight.isDeserted else { return trials.settled(departed()) }
        return await Responder.response(to: inference.request) { responder in
            self.compare(ground, lead, ageMax: ageMax, responder)
        }
    }

    /// What another was answered who asked something alike, where such answers serve, or what a provider says.
    private func compare(_ ground: Ground, _ lead: FlightLead, ageMax: Int, _ responder: Responder) {
        guard let semantic = policy.semantic, ageMax > 0,
            let question = SemanticQuestion(
                trials.chat, prefix: ground.prefix, allowed: trials.allowedVariants, unit: ground.unit)
        else { return alone(responder) }
        if let refused = refusedByLimits() {
            missed()
            return responder.send(trials.settled(refused))
        }
        let lookup = SemanticLookup(inference, trials, semantic, question, lead, tally)
        responder.run { await self.answer(lookup, ageMax: ageMax) }
    }

    /// What another was answered who asked something alike, or what a provider says.
    private func answer(_ lookup: SemanticLookup, ageMax: Int) async -> Response {
        let answer = await lookup.answer(ageMax: ageMax)
        record.waited(lookup.waited)
        if let answer {
            lookup.lead.ended(known: answer)
            return reply(answer)
        }
        // A provider that is asked for nobody costs as much as any other.
        guard !lookup.lead.flight.isDeserted else { return trials.settled(departed()) }
        return await Responder.response(to: inference.request) { self.alone($0) }
    }

    /// Who gets what another was answered counts as a request all the same.
    private func refusedByLimits() -> Response? {
        guard let admission = record.admission else { return nil }
        do throws(OpenAIError) {
            try admission.admitReuse()
            return nil
        } catch {
            return inference.refusal(error, record)
        }
    }

    /// For a call that others may wait for.
    private func newFlight() -> (_ epoch: Int) -> Flight {
        guard trials.chat.isStream else { return { Flight(epoch: $0) } }
        let window = inference.gateway.settings.streamBufferBytesMax
        return { [cache] in Flight(epoch: $0, log: StreamLog(cache, windowBytesMax: window)) }
    }

    /// What a key begins with, and whose alone the answer is.
    private typealias Ground = (prefix: [UInt8], unit: (name: String, source: CallerUnit.Source)?)

    /// - Returns: nil for what can have no answer in common with another request.
    private func ground() -> Ground? {
        guard trials.chat.bytes.count <= inference.gateway.settings.cacheRequestBytesMax,
            let prefix = trials.cachePrefix,
            // Features in beta, which change what is answered, and of which no body tells.
            inference.request.head.bytes(known: "anthropic-beta") == nil
        else { return nil }
        var unit: (name: String, source: CallerUnit.Source)?
        if policy.scope == .unit {
            // Who says no unit is one of their own, in this request alone.
            guard record.unitSource != .request else { return nil }
            unit = (record.outcome.unit, record.unitSource)
        }
        return (prefix, unit)
    }

    /// - Returns: nil for what has no canonical form.
    private func key(_ ground: Ground) -> CacheKey? {
        RequestFingerprint.key(
            trials.chat, prefix: ground.prefix, allowed: trials.allowedVariants, unit: ground.unit)
    }

    // MARK: What another got

    /// The whole answer, at once.
    private func reply(_ answer: CachedAnswer, isFromArchive: Bool = false) -> Response {
        let body = answer.body(wantsUsage: trials.chat.wantsUsage)
        reuse(answer, isFromArchive: isFromArchive)
        var response: Response
        if answer.isStream {
            response = Trial.streamHead()
            response.body = .bytes(body)
            var parser = EventStreamParser()
            if let bodies = record.outcome.bodies { Self.keep(body, in: bodies, &parser) }
        } else {
            response = Response.json(body)
            record.outcome.bodies?.answered(body)
        }
        record.mark(&response)
        if isFromArchive { response.headers.add("x-signalbox-cache-tier", "disk") }
        response.headers.add("age", String(AnswerCache.age(of: answer, at: cache.now())))
        record.finish(.ok)
        return response
    }

    private func reuse(_ answer: CachedAnswer, isFromArchive: Bool = false) {
        record.reused(answer, assigned: trials.assignedPlan)
        tally.hit(
            saving: answer.costMicroUSD, isSimilar: answer.similarity != nil, isFromArchive: isFromArchive)
    }

    /// The data of events, as it is kept of a stream that comes from a provider.
    private static func keep(_ events: [UInt8], in bodies: OutcomeBodies, _ parser: inout EventStreamParser) {
        try? parser.feed(events) { event in
            if !event.data.isEmpty, !event.data.elementsEqual("[DONE]".utf8) { bodies.relayed(event.data) }
        }
    }

    // MARK: Waiting for another

    private func follow(_ flight: Flight, _ responder: Responder) {
        guard let log = flight.log else {
            tally.followed()
            return PlainFollower(self, flight, responder).begin()
        }
        guard let reader = StreamReader(log, of: flight, wantsUsage: trials.chat.wantsUsage, on: loop) else {
            flight.leave()
            return alone(responder)
        }
        tally.followed()
        tie(to: reader)
        responder.run { await self.follow(reader) }
    }

    /// What a follower of a plain answer makes of its end.
    func followed(_ end: FlightEnd, since start: MonotonicInstant, _ responder: Responder) {
        record.waited(UInt64(max(0, start.nanoseconds(to: loop.now()))))
        switch end {
        case .answer(let answer) where isYoungEnough(answer): responder.send(reply(answer))
        case .refused(let refusal): responder.send(refused(refusal))
        case .failed where turns + 1 < Self.turnsMax, .answer where turns + 1 < Self.turnsMax:
            var again = self
            again.turns += 1
            again.answer(responder)
        case .failed, .unshared, .broken, .answer: alone(responder)
        }
    }

    /// What another waited for may have been there already, and too old for this caller.
    private func isYoungEnough(_ answer: CachedAnswer) -> Bool {
        let ageMax = CacheDirectives(inference.request.head).ageMax
        return ageMax == .max || AnswerCache.age(of: answer, at: cache.now()) <= ageMax
    }

    /// Asks a provider.
    private func alone(_ responder: Responder) {
        missed()
        inference.begin(trials, responder)
    }

    private func missed() {
        tally.missed()
        record.cached(.miss)
    }

    private func refused(_ refusal: SharedRefusal) -> Response {
        missed()
        record.finish(refusal.outcome, error: refusal.error)
        var response = refusal.response()
        record.mark(&response)
        if inference.origin == .batch, refusal.isUnserved { LineVerdict.mark(&response) }
        return response
    }

    /// The caller has left while it waited. The server wants an answer all the same.
    func departed() -> Response {
        record.cached(.miss)
        return inference.departed(record)
    }

    /// The caller will not wait any longer for what another asked for.
    func timedOut(waiting start: MonotonicInstant) -> Response {
        record.waited(UInt64(max(0, start.nanoseconds(to: loop.now()))))
        missed()
        let failure = TrialFailure.transfer(.timeoutTotal)
        record.finish(.upstreamTimeout, error: failure.code)
        var response = style.response(failure.error, requestID: inference.request.id)
        record.mark(&response)
        return response
    }

    // MARK: Waiting for a stream

    private func follow(_ reader: StreamReader) async -> Response {
        let hasOpened = await reader.opening(until: trials.patience.firstByte)
        record.waited(reader.waited)
        if reader.hasLeft { return departed() }
        // What ended before it began can be answered with a status.
        guard hasOpened, let end = reader.endOfNothing else { return stream(reader) }
        reader.leave()
        return await Responder.response(to: inference.request) { responder in
            self.followed(end, since: self.loop.now(), responder)
        }
    }

    private func stream(_ reader: StreamReader) -> Response {
        record.cached(.hit)
        tell(reader)
        var response = Trial.streamHead()
        record.mark(&response)
        response.headers.add("age", "0")
        response.body = .stream { writer in try await deliver(reader, to: writer) }
        return response
    }

    /// The answer to a question that is alike came in place of a stream, to a caller who had a sign of life already.
    private func write(
        whole answer: CachedAnswer, to writer: BodyWriter, _ parser: inout EventStreamParser
    ) async throws {
        let body = answer.body(wantsUsage: trials.chat.wantsUsage)
        if let bodies = record.outcome.bodies { Self.keep(body, in: bodies, &parser) }
        do {
            try await writer.write(body)
        } catch {
            record.finish(.clientClosed, error: "client_closed")
            throw error
        }
    }

    /// Who answers, as far as that is known.
    private func tell(_ reader: StreamReader) {
        if let served = reader.served { record.served(by: served, assigned: trials.assignedPlan) }
    }

    private func deliver(_ reader: StreamReader, to writer: BodyWriter) async throws {
        let bodies = record.outcome.bodies
        var parser = EventStreamParser()
        let end: FlightEnd
        do {
            end = try await reader.deliver(
                to: writer, keepAlive: trials.patience.keepAlive,
                farewell: { style.event($0, requestID: inference.request.id) }
            ) { bytes in
                if let bodies { Self.keep(bytes, in: bodies, &parser) }
            }
        } catch {
            tell(reader)
            record.finish(.clientClosed, error: "client_closed")
            throw error
        }
        if case .answer(let answer) = end {
            reuse(answer)
            if reader.position == 0 { try await write(whole: answer, to: writer, &parser) }
            return record.finish(.ok)
        }
        // What its head said was a hope.
        tell(reader)
        missed()
        switch end {
        case .answer: break
        case .broken(let status, let error):
            record.finish(status, error: error)
            if status == .clientClosed, !StreamReader.isTooSlow(end) { throw ClientGone() }
            if error == StreamReader.reported.code {
                try await writer.write(
                    style.event(StreamReader.reported.error, requestID: inference.request.id))
            }
        case .refused(let refusal):
            record.finish(refusal.outcome, error: refusal.error)
            try await writer.write(style.event(data: refusal.body))
        case .failed, .unshared:
            // Its answer had begun, so that it cannot ask for itself any more.
            let failure = TrialFailure.transfer(.truncated)
            record.finish(.upstreamError, error: failure.code)
            try await writer.write(style.event(failure.error, requestID: inference.request.id))
        }
    }
}
