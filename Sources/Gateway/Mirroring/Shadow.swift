import Domain
import HTTP
import Reactor

/// A copy of an inference on its way through a shadow. Nobody waits for it: it is tried once, within a budget, and what
/// it answers is recorded beside what the caller got, under an origin of its own.
struct Shadow: Sendable {
    private enum Leave {
        case given(TrialPermit?)
        case refused
    }

    private let ticket: MirrorTicket
    private let live: Outcome
    /// Of the revision that serves now, whichever the live call was of.
    private let mirror: Mirror
    private var gateway: Gateway { ticket.gateway }
    private var chat: CallerRequest { ticket.chat }

    private init(_ ticket: MirrorTicket, _ live: Outcome, _ mirror: Mirror) {
        self.ticket = ticket
        self.live = live
        self.mirror = mirror
    }

    /// Copies an inference that has ended, as things stand now: a call may have taken ten minutes, or be of a revision
    /// that was replaced long ago, and an operator's word since then holds. On the loop.
    static func begin(_ ticket: MirrorTicket, _ live: Outcome) {
        let gateway = ticket.gateway
        let deployment = gateway.names.routing.current.deployment(
            project: live.project, environment: live.environment, name: live.deployment)
        guard let deployment, deployment.id == live.deploymentID,
            let mirror = DeploymentPlan.of(deployment, gateway, at: gateway.clock.now()).mirror,
            mirror.takes(live.id), live.servedBy != mirror.policy.variant
        else { return ticket.mirror.budget.count(.withdrawn) }
        // Which of its rules hold for the request nobody has asked.
        guard deployment.revision == live.revision || deployment.options.regions.isEmpty else {
            return mirror.budget.count(.region)
        }
        Shadow(ticket, live, mirror).begin()
    }

    /// Whoever reads a shadow's stream.
    private struct Nobody: EventSink {
        func write(_ bytes: [UInt8]) async throws {}
    }

    private func begin() {
        let start = ticket.loop.now()
        let place = mirror.plan.place(within: ticket.regions, unit: live.unit, isStream: chat.isStream, at: start)
        guard let place else { return mirror.budget.count(.region) }
        guard place.isReady(at: start) else { return mirror.budget.count(.upstream) }
        let route: SurfaceRoute
        let body: OutgoingBody
        do throws(OpenAIError) {
            route = try place.route(for: chat.surface)
            body = try OutgoingBody(chat, for: place.variant, over: route)
        } catch {
            return mirror.budget.count(.unsupported)
        }
        let policy = mirror.policy
        guard mirror.budget.begin(concurrent: policy.concurrent, perMinute: policy.perMinute, at: start) else { return }
        if let trial = trial(place, route, body, at: start) {
            mirror.budget.count(.sent)
            Task.immediate(executorPreference: ticket.loop) {
                await answer(of: trial)
                mirror.budget.end()
            }
        } else {
            mirror.budget.end()
        }
    }

    /// - Returns: nil when it is not to be sent, as was counted then.
    private func trial(
        _ place: VariantPlan, _ route: SurfaceRoute, _ body: OutgoingBody, at start: MonotonicInstant
    ) -> Trial? {
        // Nobody's key, project or deployment is charged: the provider's own limit is all that counts it.
        var admission: Admission?
        if place.meter != nil {
            let own = Admission(gateway, [], nil, isOfShadow: true)
            do throws(OpenAIError) {
                let reservation = Reservation(
                    chat, overrides: route.parameters, bytes: body.bytes.count, price: place.price, gateway.settings)
                try own.admit(place, reservation, beside: .none)
            } catch {
                mirror.budget.count(.limit)
                return nil
            }
            admission = own
        }
        guard case .given(let permit) = leave(of: place, at: start) else {
            admission?.tried(used: 0)
            mirror.budget.count(.upstream)
            return nil
        }
        let record = record(of: place, body, from: start, admission)
        let exchange = exchange(route, body)
        var visit: UpstreamVisit?
        if place.isPlace { visit = UpstreamVisit(place.health.load, isStream: chat.isStream, from: start) }
        return Trial(
            place, over: route, exchange, from: start, permit: permit, visit: visit, record,
            vectors: route.translation?.vectors(of: chat))
    }

    private func leave(of place: VariantPlan, at now: MonotonicInstant) -> Leave {
        guard place.breakerMode == .automatic, !place.health.isAtEase else { return .given(nil) }
        switch place.health.admit(at: now) {
        case .pass: return .given(nil)
        case .trial(let call): return .given(TrialPermit(call, of: place.health))
        case .refuse: return .refused
        }
    }

    private func record(
        of place: VariantPlan, _ body: OutgoingBody, from start: MonotonicInstant, _ admission: Admission?
    ) -> InferenceRecord {
        let record = InferenceRecord(
            gateway: gateway, surface: chat.surface, requestID: live.requestID, principal: ticket.principal,
            startedAt: start)
        record.mirrors(live)
        record.named(live.deployment, isStream: chat.isStream)
        record.sliced(live.slices)
        record.assigned(mirror.plan, unit: live.unit, probability: mirror.policy.share.probability)
        record.admission = admission
        if mirror.storesBodies { record.keep(chat.bytes, gateway) }
        record.sent(body.bytes.count, chat, to: place)
        return record
    }

    private func exchange(_ route: SurfaceRoute, _ body: OutgoingBody) -> any UpstreamExchange {
        let settings = gateway.settings
        var deadlines = gateway.deadlines
        deadlines.total = UInt64(mirror.tries.totalMilliseconds) * 1_000_000
        let request = UpstreamRequest(
            target: chat.isStream ? route.streamTarget : route.target, body: body.bytes, deadlines: deadlines,
            bufferBytesMax: chat.isStream ? settings.streamBufferBytesMax : settings.plainAnswerBytesMax,
            fields: route.passedLine(of: ticket.head))
        return gateway.send(request, over: route, on: ticket.loop)
    }

    private func answer(of trial: Trial) async {
        guard chat.isStream else {
            await trial.exchange.wait(for: .bytes(gateway.settings.plainAnswerBytesMax), until: nil)
            return plain(trial)
        }
        let relay = StreamRelay(
            trial.exchange, trial.route.grammar, trial.context(wantsUsage: true), chat.surface.style,
            bodies: trial.record.outcome.bodies, until: nil)
        switch await relay.open(until: nil) {
        case .ready, .late:
            trial.record.served(by: trial.plan)
            if let visit = trial.visit { visit.answered(at: trial.exchange.now()) }
            let keepAlive = Duration.milliseconds(gateway.settings.keepAliveMilliseconds)
            // Its end is recorded whichever way it comes.
            try? await trial.deliver(relay, to: Nobody(), keepAlive: keepAlive)
        case .refused(let head, let body):
            if let failure = trial.failure(status: head.status, body) {
                failed(trial, failure, status: head.status, told: relay.reading.tokens)
            } else {
                refused(trial, trial.route.translation?.completed(head, body) ?? head, body)
            }
        case .failed(let failure):
            failed(trial, failure, status: trial.exchange.head?.status, told: relay.reading.tokens)
        }
    }

    private func plain(_ trial: Trial) {
        switch PlainTrial(trial).result() {
        case .answer(let answer):
            trial.answered()
            _ = trial.answer(answer)
        case .oversized(let exchange):
            exchange.cancel()
            trial.ended(status: exchange.head?.status, error: Self.tooLarge)
            trial.record.finish(.upstreamError, error: Self.tooLarge)
        case .refused(let head, let body): refused(trial, head, body)
        case .failed(let failure, let status, let told): failed(trial, failure, status: status, told: told)
        }
    }

    /// For `Attempt.error`: larger than what is read whole.
    private static let tooLarge = "answer_too_large"

    private func refused(_ trial: Trial, _ head: UpstreamHead, _ body: [UInt8]) {
        trial.ended(status: head.status, error: Trial.code(of: head))
        trial.record.wasted(nil, mayBeBilled: false)
        if head.status == 429 { trial.limited() } else { trial.answered() }
        _ = trial.refusal(head, body)
    }

    private func failed(_ trial: Trial, _ failure: TrialFailure, status: Int?, told: Outcome.Tokens?) {
        trial.exchange.cancel()
        // A token that is not taken is let go of, for whoever comes next.
        if status == 401 { _ = trial.route.signing?.isRenewed(after: trial.start, at: gateway.clock.now()) }
        trial.record.wasted(told, mayBeBilled: trial.mayBeBilled(failure) && status.map { $0 < 300 } ?? true)
        trial.ended(status: status, error: failure.code)
        trial.failed(failure, isStream: chat.isStream)
        trial.record.finish(failure.isTimeout ? .upstreamTimeout : .upstreamError, error: failure.code)
    }
}
