import Domain
import HTTP
import REST
import Reactor

/// One call of a surface, from the request's bytes to the answer.
///
/// What nearly all of them are, one plain answer of the current revision, takes no task: its hops and what it allocates
/// would weigh more than all that the gateway itself does. A task comes in where something has to be waited for a
/// second time: streams, fallbacks, earlier revisions.
struct Inference: Sendable {
    let gateway: Gateway
    let surface: Surface
    let request: Request
    let principal: Principal
    var origin = Outcome.Origin.traffic

    /// Parse → find → assign → render → upstream → answer → outcome.
    func answer(_ responder: Responder) {
        let record = InferenceRecord(
            gateway: gateway, surface: surface, requestID: request.id, principal: principal,
            startedAt: request.receivedAt)
        record.outcome.origin = origin
        guard !surface.givesMedia else { return responder.run { await self.media(record) } }
        do throws(OpenAIError) {
            let chat = try chat(record)
            guard let live = gateway.names.live(chat.model, for: principal) else {
                return responder.run { await self.pinned(chat, record) }
            }
            let trials = try self.trials(chat, live, record)
            guard let policy = trials.cachePolicy else { return begin(trials, responder) }
            CachedInference(self, trials, policy).answer(responder)
        } catch {
            responder.send(refusal(error, record))
        }
    }

    /// Render → upstream → answer → outcome.
    func begin(_ trials: TrialSequence, _ responder: Responder) {
        let record = trials.record
        do throws(OpenAIError) {
            guard !trials.chat.isStream, !trials.isHedged, let trial = try trials.next() else {
                return responder.run { trials.settled(await self.answer(of: trials, record)) }
            }
            trial.exchange.onArrival(of: wholeAnswer) {
                if let response = self.plain(trial, trials) { return responder.send(trials.settled(response)) }
                responder.run { trials.settled(await self.answer(of: trials, record)) }
            }
        } catch {
            responder.send(trials.settled(refusal(error, record)))
        }
    }

    var wholeAnswer: UpstreamAwaited { .bytes(gateway.settings.answerBytesMax(of: origin)) }

    /// The answer of the tries that are left.
    func answer(of trials: TrialSequence, _ record: InferenceRecord) async -> Response {
        do throws(OpenAIError) {
            while await trials.goesOn(), let trial = try trials.next() {
                if surface.givesMedia {
                    if let response = await media(trial, trials) { return response }
                } else if let hedging = trials.hedging {
                    let tried = HedgedTry(inference: self, trials: trials, hedging: hedging)
                    if let response = await tried.response(trial) { return response }
                } else if trials.chat.isStream {
                    if let response = await stream(trial, trials) { return response }
                } else {
                    await trial.exchange.wait(for: wholeAnswer, until: nil)
                    if let response = plain(trial, trials) { return response }
                }
            }
        } catch {
            return refusal(error, record)
        }
        if let fault = trials.chat.upload?.fault { return refusal(fault, record) }
        return end(of: trials, record)
    }

    /// The answer of a revision that is not the current one, which has to be looked up.
    private func pinned(_ chat: CallerRequest, _ record: InferenceRecord) async -> Response {
        do throws(OpenAIError) {
            let trials = try await pinnedTrials(chat, record)
            guard let policy = trials.cachePolicy else { return await answer(of: trials, record) }
            return await Responder.response(to: request) { responder in
                CachedInference(self, trials, policy).answer(responder)
            }
        } catch {
            return refusal(error, record)
        }
    }

    @inline(never)
    func chat(_ record: InferenceRecord) throws(OpenAIError) -> CallerRequest {
        let chat = try CallerRequest(request.body, surface)
        record.named(chat.model, isStream: chat.isStream)
        return chat
    }

    /// Of an earlier revision, which stays within the regions of the current one.
    func pinnedTrials(_ chat: CallerRequest, _ record: InferenceRecord) async throws(OpenAIError) -> TrialSequence {
        let deployment = try await pinned(chat.model)
        return try trials(chat, deployment, alsoWithin: gateway.names.regions(beside: deployment), record)
    }

    private func pinned(_ model: String) async throws(OpenAIError) -> LiveDeployment {
        do {
            if let found = try await gateway.names.deployment(model, for: principal) { return found }
        } catch {
            throw .revisionUnavailable
        }
        throw .unknownModel(model)
    }

    /// Assigns the caller's unit to a variant.
    @inline(never)
    func trials(
        _ chat: CallerRequest, _ deployment: LiveDeployment, alsoWithin regions: [RegionRule] = [],
        _ record: InferenceRecord
    ) throws(OpenAIError) -> TrialSequence {
        let routing = try RoutingChoice(
            request, chat, deployment, alsoWithin: regions, principal: principal,
            requestID: record.outcome.requestID, now: record.outcome.createdAt)
        gateway.counters.skipped(slices: routing.slices.skipped)
        record.sliced(routing.slices.pairs)
        let plan = DeploymentPlan.of(deployment, gateway, at: record.outcome.createdAt)
        if surface.keepsState { try ResponseState.check(chat, plan) }
        guard let choice = routing.choice else {
            record.blocked(deployment, unit: routing.unit, error: "region_not_allowed")
            throw RoutingChoice.nowhere
        }
        record.assigned(plan.variants[choice.index], unit: routing.unit, probability: choice.probability)
        record.unitSource = routing.unitSource
        if principal.isMetered || plan.isMetered {
            record.admission = Admission(gateway, principal.meters, plan.meter)
        }
        if deployment.options.storesBodies { record.keep(chat.bytes, gateway) }
        if let mirror = plan.mirror { record.mirror = mirror.ticket(gateway, request, chat, principal, choice, record) }
        return TrialSequence(gateway, request, chat, deployment, plan, from: choice, record)
    }

    /// - Returns: nil when the try gave nothing that the caller may have, as `trials` then knows.
    @inline(never)
    func plain(_ trial: Trial, _ trials: TrialSequence) -> Response? {
        if origin == .batch, let response = trial.tooLargeAnswer(gateway.settings.batchAnswerBytesMax) {
            return response
        }
        return plain(PlainTrial(trial).result(), of: trial, trials)
    }

    @inline(__always)
    private func plain(_ result: PlainTrial.Result, of trial: Trial, _ trials: TrialSequence) -> Response? {
        switch result {
        case .answer(let answer):
            trial.answered()
            return trial.answer(answer)
        case .oversized:
            if origin == .batch, let response = trial.tooLargeAnswer(gateway.settings.batchAnswerBytesMax) {
                return response
            }
            // Nobody else is given it: its own caller alone holds it up from here on.
            if trials.lead != nil { request.tieToCaller(trial.exchange) }
            return trial.oversizedAnswer()
        case .refused(let head, let body):
            return trials.refused(trial, head, body)
        case .failed(let failure, let status, let told):
            trials.failed(trial, failure, status: status, told: told)
            return nil
        }
    }

    func stream(_ trial: Trial, _ trials: TrialSequence) async -> Response? {
        let relay = relay(of: trial, trials)
        return stream(await relay.open(until: trials.firstEventLimit(of: trial)), relay, of: trial, trials)
    }

    func relay(of trial: Trial, _ trials: TrialSequence) -> StreamRelay {
        StreamRelay(
            trial.exchange, trial.route.grammar,
            trial.context(wantsUsage: trials.chat.wantsUsage || trials.lead != nil), surface.style,
            bodies: trial.record.outcome.bodies, until: trials.chat.upload == nil ? trial.end : nil)
    }

    private func stream(
        _ opening: StreamRelay.Opening, _ relay: StreamRelay, of trial: Trial, _ trials: TrialSequence
    ) -> Response? {
        switch opening {
        case .late where trials.isOver(trial):
            trial.exchange.cancel()
            trials.failed(trial, .transfer(.timeoutTry), status: trial.exchange.head?.status)
        case .ready, .late:
            if let lead = trials.lead { return lead.streamedAnswer(trial, relay, trials, on: request) }
            return trial.streamedAnswer(relay, keepAlive: trials.patience.keepAlive)
        case .refused(let head, let body):
            if let failure = trial.failure(status: head.status, body) {
                trials.failed(trial, failure, status: head.status, told: relay.reading.tokens)
            } else {
                return trials.refused(trial, trial.route.translation?.completed(head, body) ?? head, body)
            }
        case .failed(let failure):
            trial.exchange.cancel()
            trials.failed(trial, failure, status: trial.exchange.head?.status, told: relay.reading.tokens)
        }
        return nil
    }

    /// What one of two tries came to.
    /// - Returns: nil when it gave nothing that the caller may have, as `trials` then knows.
    func response(_ news: TrialNews, _ one: Contender, _ trials: TrialSequence) -> Response? {
        switch (news, one.relay) {
        case (.plain(let result), _): plain(result, of: one.trial, trials)
        case (.stream(let opening), let relay?): stream(opening, relay, of: one.trial, trials)
        case (.stream, nil): nil
        }
    }

    /// No try is left, or nobody waits for one.
    @inline(never)
    private func end(of trials: TrialSequence, _ record: InferenceRecord) -> Response {
        switch trials.last {
        case .refused(let trial, let head, let body):
            return trial.refusal(head, body)
        case .open(let instant, let byOperator):
            record.finish(.upstreamError, error: LastTry.openCode)
            return refusal(LastTry.error(openUntil: instant, byOperator: byOperator, at: request.loop.now()), record)
        case .failed(let failure) where failure.isCancelled:
            return departed(record)
        case .failed(let failure):
            record.finish(failure.isTimeout ? .upstreamTimeout : .upstreamError, error: failure.code)
            var response = refusal(failure.error, record)
            if LineVerdict.isOfProvider(failure) {
                trials.lead?.isUnserved = true
                if origin == .batch { LineVerdict.mark(&response) }
            }
            return response
        }
    }

    @inline(never)
    func refusal(_ error: OpenAIError, _ record: InferenceRecord) -> Response {
        // Whoever knew better has recorded it already.
        record.finish(
            error.status == 429 ? .rateLimited : error.status == 403 ? .blocked : .invalidRequest,
            error: error.code ?? error.param ?? "invalid_request")
        var response = surface.style.response(error, requestID: request.id)
        record.mark(&response)
        return response
    }

    /// Nobody is there to read it; the server wants an answer all the same.
    @inline(never)
    func departed(_ record: InferenceRecord) -> Response {
        record.finish(.clientClosed, error: "client_closed")
        let error = OpenAIError(status: 499, message: "the client closed the request", code: "client_closed")
        return surface.style.response(error, requestID: request.id)
    }
}
