import Domain
import HTTP
import Reactor

/// What becomes the outcome of one inference, gathered on its way. It is recorded once: by whoever ends the inference,
/// or, when the server never came to send the answer, when the last holder lets go.
final class InferenceRecord: @unchecked Sendable {
    // @unchecked: used by one task at a time.

    private let gateway: Gateway
    private let startedAt: MonotonicInstant
    let outcome: Outcome
    private var isBlocked = false
    private(set) var isFinished = false
    /// Whether it ended as it should, whoever was still there to see it.
    private(set) var endedWell = false
    /// The caller has left, and what was asked for goes on for others.
    private var hasCallerLeft = false
    /// What it was assigned to; nil before it is.
    private var plan: VariantPlan?
    /// What its unit is a name of.
    var unitSource = CallerUnit.Source.request
    private let project: String
    /// The deployment's name, as the caller gave it.
    private var asked = ""
    /// How long upstreams were waited for.
    private var waitedNanoseconds: UInt64 = 0
    private let surface: Surface
    /// What its tries use of tokens and money.
    private var spending = InferenceSpending()
    /// Copies it for a shadow when it has ended; nil for nearly all.
    var mirror: MirrorTicket?

    private static let unassigned = OutcomeArm(project: "", asked: "")

    /// The wall clock's time at an instant of the loop's.
    func time(at instant: MonotonicInstant) -> Timestamp {
        Timestamp(milliseconds: outcome.createdAt.milliseconds + startedAt.nanoseconds(to: instant) / 1_000_000)
    }

    init(
        gateway: Gateway, surface: Surface, requestID: String, principal: Principal?, startedAt: MonotonicInstant
    ) {
        self.gateway = gateway
        project = principal?.project ?? ""
        self.startedAt = startedAt
        self.surface = surface
        let now = gateway.clock.now()
        outcome = Outcome(
            id: gateway.identifiers.next(at: now), createdAt: now, arm: Self.unassigned, unit: "", probability: 0,
            status: .ok, isStream: false, latencyMilliseconds: 0, requestID: requestID, keyID: principal?.keyID ?? "")
        outcome.surface = surface.name
    }

    deinit {
        if !isFinished { finish(.clientClosed, error: "client_closed") }
    }

    func named(_ model: String, isStream: Bool) {
        asked = model
        outcome.isStream = isStream
    }

    func sliced(_ slices: [(name: String, value: String)]) {
        outcome.slices = slices
    }

    func assigned(_ plan: VariantPlan, unit: String, probability: Double) {
        self.plan = plan
        outcome.arm = plan.arm
        outcome.unit = unit
        outcome.probability = probability
    }

    /// What the cache of answers was to it.
    func cached(_ use: CacheUse) {
        outcome.cache = use
    }

    /// The caller gets what another got: with the tokens that the provider counted then, and at no cost.
    func reused(_ answer: CachedAnswer, assigned plan: VariantPlan) {
        outcome.cache = .hit
        served(by: answer.served, assigned: plan)
        outcome.tokens = answer.tokens
        outcome.areTokensEstimated = answer.areTokensEstimated
        outcome.finishReason = answer.finishReason
        outcome.costMicroUSD = 0
        outcome.savedMicroUSD = answer.costMicroUSD
        outcome.similarity = answer.similarity
    }

    /// Who answers another that asked the same.
    func served(by arm: OutcomeArm, assigned plan: VariantPlan) {
        // Another reading of the same revision has arms of its own.
        outcome.served = arm.variant == plan.arm.variant ? plan.arm : arm
    }

    /// What was waited for was another's call.
    func waited(_ nanoseconds: UInt64) {
        waitedNanoseconds += nanoseconds
    }

    /// What it asked for goes on, for others who asked the same.
    func callerLeft() {
        hasCallerLeft = true
    }

    /// The deployment stores what its callers send and get.
    func keep(_ request: [UInt8], _ gateway: Gateway) {
        let bodies = OutcomeBodies(
            request: request, bytesMax: gateway.settings.storedBodyBytesMax, budget: gateway.bodyBudget)
        guard !bodies.isCrowdedOut else { return gateway.counters.crowdedOutBody() }
        outcome.bodies = bodies
    }

    /// No variant may serve it.
    func blocked(_ deployment: LiveDeployment, unit: String, error: String) {
        outcome.arm = OutcomeArm(
            project: deployment.project, deploymentID: deployment.id, deployment: deployment.name,
            environment: deployment.environment, revision: deployment.revision, variant: "", provider: "", model: "",
            prompt: nil)
        outcome.unit = unit
        isBlocked = true
        finish(.blocked, error: error)
    }

    /// It is a copy of this one, for a shadow.
    func mirrors(_ live: Outcome) {
        outcome.origin = .mirror
        outcome.mirrorOf = live.id
    }

    func probed() {
        outcome.origin = .probe
    }

    func attempted(
        _ plan: VariantPlan, status: Int?, error: String?, from start: MonotonicInstant, to end: MonotonicInstant,
        waited: UInt64
    ) {
        outcome.add(
            Attempt(
                plan.arm, status: status, latencyMilliseconds: Self.milliseconds(start.nanoseconds(to: end)),
                error: error))
        waitedNanoseconds += waited
    }

    /// Between two tries: for the upstream's sake, and so no time of the gateway's own.
    func paused(from start: MonotonicInstant, to end: MonotonicInstant) {
        waitedNanoseconds += UInt64(max(0, start.nanoseconds(to: end)))
    }

    /// The variant whose answer the caller gets: its model, prompt and price are those of the outcome.
    func served(by plan: VariantPlan) {
        outcome.served = plan.arm
    }

    // MARK: What its tries use

    /// What it has taken of limits and budgets; nil where none hold.
    var admission: Admission? {
        get { spending.admission }
        set { spending.admission = newValue }
    }

    /// Of the body that is answered now.
    var sentBytes: Int { spending.sentBytes }

    /// A try goes out.
    func sent(_ byteCount: Int, _ chat: CallerRequest, to plan: VariantPlan) {
        spending.sent(byteCount, chat, to: plan)
    }

    /// Another try begins while one runs.
    func setAside() { spending.setAside() }

    /// What is told from here on is of this one of the two.
    func turn(to plan: VariantPlan) { spending.turn(to: plan) }

    /// What the tries that are over have used, and what one that runs may use.
    var promised: InferenceBill { spending.promised(gateway) }

    /// An answer has come, whole or not.
    /// - Parameters:
    ///   - tokens: as the provider told them; nil when it told none.
    ///   - input: of the input alone, which it told before it broke off.
    ///   - answerBytes: how long what was said is, for an estimate.
    ///   - bytesMax: how long it may be at most, where an answer says more than one thing.
    ///   - isWhole: whether the provider has said all that it had to say.
    func used(
        _ tokens: Outcome.Tokens?, input: Outcome.Tokens? = nil, finishReason: String?, answerBytes: Int,
        bytesMax: Int? = nil, isWhole: Bool
    ) {
        outcome.finishReason = finishReason
        outcome.areTokensEstimated = tokens == nil && surface.answer.canBeEstimated
        let says = surface.answer.output != nil
        spending.used(
            tokens, input: input, saidBytes: says ? answerBytes : 0, saidBytesMax: says ? bytesMax ?? answerBytes : 0,
            isWhole: isWhole, told: outcome, gateway)
    }

    /// A try gave nothing that the caller may have.
    /// - Parameters:
    ///   - told: tokens that its provider told all the same.
    ///   - mayBeBilled: whether the provider may have done what it was asked.
    func wasted(_ told: Outcome.Tokens?, mayBeBilled: Bool) {
        spending.wasted(told, mayBeBilled: mayBeBilled, gateway)
    }

    func firstToken(at instant: MonotonicInstant?) {
        outcome.firstTokenMilliseconds = instant.map { Self.milliseconds(startedAt.nanoseconds(to: $0)) }
    }

    /// The first call holds.
    func finish(_ status: OutcomeStatus, error: String? = nil, at instant: MonotonicInstant = .now()) {
        guard !isFinished else { return }
        isFinished = true
        if plan == nil, !isBlocked { outcome.arm = OutcomeArm(project: project, asked: Self.name(asked)) }
        endedWell = status == .ok
        let isMissed = endedWell && hasCallerLeft
        outcome.status = isMissed ? .clientClosed : status
        outcome.error = isMissed ? "client_closed" : error
        outcome.latencyMilliseconds = Self.milliseconds(startedAt.nanoseconds(to: instant))
        spending.settle(outcome, gateway)
        gateway.recorder.record(outcome)
        if let mirror { mirror.liveEnded(outcome) }
    }

    /// A caller may write anything there.
    private static func name(_ asked: String) -> String {
        asked.utf8.count <= ResourceName.lengthMax ? asked : String(asked.prefix(ResourceName.lengthMax))
    }

    /// - Parameter running: nanoseconds that an attempt which has not ended has waited.
    func mark(_ response: inout Response, running: UInt64 = 0, at instant: MonotonicInstant = .now()) {
        response.headers.add(known: "x-signalbox-outcome", count: ULID.characterCount) { outcome.id.write(to: $0) }
        if let use = outcome.cache {
            response.headers.add(known: "x-signalbox-cache", use.rawValue)
            if let similarity = outcome.similarity {
                response.headers.add(
                    known: "x-signalbox-cache-similarity", String(Double(similarity) / Double(UnitVector.parts)))
            }
        }
        // Anthropic's SDKs look for the id of a request under its own name.
        if surface.style == .anthropic { response.headers.set("request-id", outcome.requestID) }
        guard let plan else { return }
        response.headers.add(plan.fields)
        if let admission { admission.mark(&response) }
        // The places of a variant have arms of their own.
        if let served = outcome.served, served !== plan.arm, served.variant != plan.arm.variant {
            response.headers.add(known: "x-signalbox-served-by", served.variant)
        }
        let overhead = startedAt.nanoseconds(to: instant) - Int64(waitedNanoseconds + running)
        response.headers.add(known: "x-signalbox-overhead-us", decimal: UInt64(max(0, overhead / 1_000)))
    }

    private static func milliseconds(_ nanoseconds: Int64) -> Double {
        // Microseconds are all that the API shows.
        Double(nanoseconds / 1_000) / 1_000
    }
}
