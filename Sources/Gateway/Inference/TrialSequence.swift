import Domain
import HTTP
import REST
import Reactor

/// The tries of one inference: the assigned variant, then the fallbacks in order, each of them again as often as its
/// deployment says. Used by one task at a time.
final class TrialSequence: @unchecked Sendable {
    // @unchecked: used by one task at a time, on its loop.

    let chat: CallerRequest
    let patience: CallerPatience
    /// Nanoseconds of the total that have to be left for a retry: hardly anything is answered in less.
    static let tryTimeMin: UInt64 = 100_000_000
    let gateway: Gateway
    let request: Request
    private let deployment: LiveDeployment
    let record: InferenceRecord
    /// What holds the call up for others who ask the same; nil where answers are not shared.
    var lead: FlightLead?
    var order: TrialOrder
    /// Whether another may be asked beside one that takes long.
    let isHedged: Bool
    /// Once is enough.
    var hasHedged = false
    /// How long to wait before the one that was asked last is asked again, in nanoseconds; nil when it is not.
    private var retryWait: UInt64?
    /// Where that is taken out of its budget.
    private var retryPermit: RetryPermit?
    private(set) var ended: LastTry?
    /// Why the assigned variant was not asked at all.
    private var refusal: OpenAIError?

    init(
        _ gateway: Gateway, _ request: Request, _ chat: CallerRequest, _ deployment: LiveDeployment,
        _ plan: DeploymentPlan, from choice: VariantChoice, _ record: InferenceRecord
    ) {
        self.gateway = gateway
        self.request = request
        self.chat = chat
        self.deployment = deployment
        order = TrialOrder(of: plan, from: choice, fallbacks: deployment.fallbacks)
        isHedged = plan.hedging != nil && Hedging.covers(chat, record.outcome.origin)
        self.record = record
        // An answer of media comes piece by piece, as a stream does.
        patience = CallerPatience(
            request, isStream: chat.comesInPieces,
            totalMilliseconds: plan.policy.totalMilliseconds, gateway.settings)
        if deployment.fallbacks.isEmpty, plan.policy.retriesMax == 0, !plan.isBalanced { chat.upload?.isSentOnce() }
    }

    /// Whether somebody still waits for another try: to be asked before `next`, which it waits for where the same
    /// upstream is asked again.
    func goesOn() async -> Bool {
        guard let ended else { return true }
        if ended.isCancelled { return false }
        guard let retryWait else { return true }
        let began = request.loop.now()
        let isThere = await RetryWait.pause(retryWait, for: request, lead)
        record.paused(from: began, to: request.loop.now())
        if isThere { return true }
        self.ended = .failed(.transfer(.cancelled))
        retryPermit = nil
        return false
    }

    /// Begins the next try; nil when there is none, or no time for it.
    /// - Throws: what the caller has to mend for the assigned variant.
    func next() throws(OpenAIError) -> Trial? {
        var isRetry = retryWait != nil
        retryWait = nil
        var leave = retryPermit
        retryPermit = nil
        // What is not held any more cannot be given to another.
        while chat.upload?.canBeSent != false, isRetry || order.advance(chat, record, on: request.loop) {
            defer {
                isRetry = false
                leave = nil
            }
            let plan = order.current
            // The loop has just begun this turn for us, but for later tries.
            let start = ended == nil ? max(request.receivedAt, request.loop.turnStartedAt) : request.loop.now()
            if ended != nil, start >= patience.end { return nil }
            var permit: TrialPermit?
            if !plan.isAtEase(at: start) {
                guard order.isAsked(plan, isRetry, chat, record, at: start, &permit) else {
                    // Its retry was withdrawn; what it had answered may be for nobody else to do better.
                    if isRetry, ended?.fallsBack == false { return nil }
                    continue
                }
            }
            let route: SurfaceRoute
            let body: OutgoingBody
            do throws(OpenAIError) {
                (route, body) = try prepare(plan)
            } catch {
                // The assigned variant's is the caller's to mend, unless it is that its provider does not have the
                // surface, and another's may; a fallback that cannot be asked is passed over. A limit of the caller's
                // is the same for all of them. Once somebody was asked, what became of that is what there is to tell.
                let isAssigned = order.isAtAssigned
                // What is wrong with a form is wrong for all of them.
                if chat.upload?.fault != nil { throw error }
                let mayAnotherServe =
                    ended != nil || error.code == VariantPlan.unsupportedSurface || LimitRefusal.isOfProvider(error)
                    || !isAssigned && !LimitRefusal.isOfCaller(error)
                guard mayAnotherServe else { throw error }
                if isAssigned { refusal = error }
                record.attempted(plan, status: nil, error: error.code, from: start, to: .now(), waited: 0)
                if isRetry, ended?.fallsBack == false { return nil }
                continue
            }
            record.sent(body.bytes.count, chat, to: plan)
            leave?.use(at: start)
            return begin(plan, route, body, at: start, permit)
        }
        guard ended == nil else { return nil }
        if let openUntil = order.openUntil {
            ended = .open(until: openUntil, byOperator: !order.hasFailedUpstream)
        } else if let refusal {
            throw refusal
        }
        return nil
    }

    /// - Parameter isSpare: whether its caller is served without it, and so refused nothing.
    /// - Throws: why it cannot be asked, nothing being taken of limits then.
    @inline(__always)
    func prepare(_ plan: VariantPlan, isSpare: Bool = false) throws(OpenAIError) -> (SurfaceRoute, OutgoingBody) {
        let route = try plan.route(for: chat.surface)
        let body = try OutgoingBody(chat, for: plan.variant, over: route)
        if let admission = record.admission {
            let reservation = Reservation(
                chat, overrides: route.parameters, bytes: body.bytes.count, price: plan.price, gateway.settings)
            try admission.admit(plan, reservation, beside: record.promised, isSpare: isSpare)
        }
        return (route, body)
    }

    /// What the caller was assigned to.
    var assignedPlan: VariantPlan { order.assigned }

    /// Which variants may answer, its fallbacks among them; nil for all.
    var allowedVariants: [Bool]? { order.allowedVariants }

    /// nil where its answers are not to be shared: what a provider keeps under a name of its own is no answer for
    /// somebody else.
    var cachePolicy: CachePolicy? { chat.surface.keepsState ? nil : deployment.options.cache }

    /// The region rules that hold for the request.
    var regions: [RegionRule] { order.regions }

    /// Of its deployment.
    var environment: String { deployment.environment }
    /// Of its deployment.
    var deploymentID: String { deployment.id }

    /// What begins the keys of its requests; nil where they have none.
    var cachePrefix: [UInt8]? { assignedPlan.cachePrefix(chat.surface) }

    func cacheTally(in cache: AnswerCache) -> CacheTally { order.plan.cacheTally(deployment, in: cache) }

    /// The answer that the caller gets is that of all who asked the same meanwhile.
    func settled(_ response: Response) -> Response {
        lead?.settle(response)
        return response
    }

    func begin(
        _ plan: VariantPlan, _ route: SurfaceRoute, _ body: OutgoingBody, at start: MonotonicInstant,
        _ permit: TrialPermit? = nil
    ) -> Trial {
        let settings = gateway.settings
        let policy = order.plan.policy
        var deadlines = patience.deadlines(gateway.deadlines, from: start)
        var end: MonotonicInstant?
        if let own = policy.tryTimeout, own < deadlines.total {
            end = MonotonicInstant(nanoseconds: start.nanoseconds + own)
            // What bounds a stream as a whole is not its try's: that is over with the first event.
            if !chat.comesInPieces { deadlines.total = own }
        }
        let upstreamRequest =
            chat.surface.givesMedia
            ? UpstreamRequest(
                target: route.target, body: body.bytes, contentType: body.contentType, upload: body.upload,
                deadlines: deadlines,
                bufferBytesMax: chat.upload == nil ? settings.streamBufferBytesMax : settings.plainAnswerBytesMax)
            : UpstreamRequest(
                target: chat.isStream ? route.streamTarget : route.target, body: body.bytes, deadlines: deadlines,
                bufferBytesMax: chat.isStream
                    ? settings.streamBufferBytesMax : settings.answerBytesMax(of: record.outcome.origin),
                fields: route.passedLine(of: request.head))
        let exchange = gateway.send(upstreamRequest, over: route, on: request.loop)
        hold(exchange)
        // How long a form takes to send is its caller's doing.
        let hasWholeTime =
            chat.upload == nil && (end == nil ? deadlines.total >= policy.wholeTotal : policy.isTryWhole)
        var visit: UpstreamVisit?
        if plan.isPlace {
            visit = UpstreamVisit(plan.health.load, isStream: chat.comesInPieces, from: start)
        }
        return Trial(
            plan, over: route, exchange, from: start, until: end, hasWholeTime: hasWholeTime, permit: permit,
            visit: visit, record, vectors: route.translation?.vectors(of: chat))
    }

    func hold(_ call: any DepartureListener) {
        if let lead { lead.hold(call) } else { request.tieToCaller(call) }
    }

    // MARK: How a try ended

    /// A try gave nothing that the caller may have.
    /// - Parameter told: tokens that its provider told all the same.
    func failed(_ trial: Trial, _ failure: TrialFailure, status: Int?, told: Outcome.Tokens? = nil) {
        let failure = trial.named(failure)
        record.wasted(told, mayBeBilled: trial.mayBeBilled(failure) && status.map { $0 < 300 } ?? true)
        trial.ended(status: status, error: failure.code)
        // A caller that did not send its form to the end had the time, not the provider.
        trial.failed(failure, isSent: chat.upload?.isOnItsWay != false)
        ended = .failed(failure)
        // Let go in any case, for whoever comes next.
        let isRenewed = status == 401 && isRenewed(trial)
        if hasOtherPlace { return }
        if isRenewed, order.mayRenew() {
            retryWait = 0
            return
        }
        guard RetryRule.retries(failure, retryTerms) else { return }
        retryWait = wait(status == nil ? nil : trial.exchange.head)
    }

    private var hasOtherPlace: Bool { order.hasOtherPlace(for: chat, on: request.loop) }

    /// Whether its provider, which did not take the token, would be sent another.
    func isRenewed(_ trial: Trial) -> Bool {
        trial.route.signing?.isRenewed(after: trial.start, at: gateway.clock.now()) == true
    }

    /// The provider has refused.
    /// - Returns: nil when somebody else may do better.
    func refused(_ trial: Trial, _ head: UpstreamHead, _ body: [UInt8]) -> Response? {
        trial.ended(status: head.status, error: Trial.code(of: head))
        record.wasted(nil, mayBeBilled: false)
        if head.status == 429 { trial.limited(head) } else { trial.answered() }
        let fallsBack = RetryRule.fallsBack(status: head.status)
        let goesElsewhere = fallsBack && hasOtherPlace
        if !goesElsewhere, RetryRule.retries(status: head.status, retryTerms) { retryWait = wait(head) }
        guard retryWait != nil || (fallsBack && (goesElsewhere || order.hasOtherVariant)) else {
            return trial.refusal(head, body)
        }
        ended = .refused(trial, head, body)
        return nil
    }

    /// How the last of them ended.
    var last: LastTry { ended ?? .failed(.unrenderable) }

    /// Whether a refusal is its caller's to mend, whoever is asked.
    func isFinal(status: Int) -> Bool {
        !RetryRule.fallsBack(status: status) && !RetryRule.retries(status: status, retryTerms)
    }

    private var retryTerms: RetryRule.Terms {
        RetryRule.Terms(afterTimeouts: order.plan.policy.retriesTimeouts, isCheap: chat.surface.isCheap)
    }

    /// - Returns: nanoseconds until the same upstream is asked again; nil when it is not.
    private func wait(_ head: UpstreamHead?) -> UInt64? {
        let policy = order.plan.policy
        let retries = order.retries
        guard retries < policy.retriesMax, head?.isFinal != true, chat.upload?.canBeSent != false else { return nil }
        var wait = policy.backoff.wait(before: retries, gateway.dice.fraction())
        if let asked = RetryAfter.nanoseconds(head, now: gateway.clock.now()) {
            guard asked <= policy.retryAfterMax else { return nil }
            wait = policy.backoff.wait(asked: asked, before: retries, gateway.dice.fraction())
        }
        let now = request.loop.now()
        guard now.nanoseconds + wait + Self.tryTimeMin <= patience.end.nanoseconds,
            let permit = order.retry(at: now)
        else { return nil }
        retryPermit = permit
        return wait
    }

    // MARK: The time of a stream's try

    /// Until when its first event is waited for.
    func firstEventLimit(of trial: Trial) -> MonotonicInstant? {
        guard let end = trial.end else { return patience.firstByte }
        return patience.firstByte.map { min($0, end) } ?? end
    }

    /// Whether its own time has run out, rather than the caller's patience for a first byte.
    func isOver(_ trial: Trial) -> Bool {
        guard let end = trial.end else { return false }
        return trial.exchange.now() >= end && patience.firstByte.map { end < $0 } ?? true
    }
}
