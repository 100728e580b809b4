import Domain
import HTTP
import Reactor

/// What becomes the outcome of one inference, gathered on its way. It is recorded once: by whoever ends the inference,
/// or, when the server never came to send the answer, when the last holder lets go.
final class InferenceRecord: @unchecked Sendable {
    // @unchecked: used by one task at a time.

    private let recorder: any OutcomeRecorder
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
    /// Of the body that went to the upstream last.
    private var sentBytes = 0
    /// Of the variant that it went to.
    private var price: Price?
    /// What it has taken of limits and budgets; nil where none hold.
    var admission: Admission?

    private static let unassigned = OutcomeArm(project: "", asked: "")

    /// The wall clock's time at an instant of the loop's.
    func time(at instant: MonotonicInstant) -> Timestamp {
        Timestamp(milliseconds: outcome.createdAt.milliseconds + startedAt.nanoseconds(to: instant) / 1_000_000)
    }

    init(
        gateway: Gateway, surface: Surface, requestID: String, principal: Principal?, startedAt: MonotonicInstant
    ) {
        recorder = gateway.recorder
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

    func sent(_ byteCount: Int, price: Price?) {
        sentBytes = byteCount
        self.price = price
    }

    /// - Parameters:
    ///   - tokens: as the provider told them; nil when it told none.
    ///   - answerBytes: how long what was said is, for an estimate.
    func used(_ tokens: Outcome.Tokens?, finishReason: String?, price: Price?, answerBytes: Int) {
        outcome.finishReason = finishReason
        outcome.areTokensEstimated = tokens == nil && surface.answer.canBeEstimated
        outcome.tokens =
            outcome.areTokensEstimated
            ? TokenEstimate.of(sent: sentBytes, said: surface.answer.output == nil ? 0 : answerBytes) : tokens
        guard let price, let tokens = outcome.tokens else { return }
        outcome.costMicroUSD = price.cost(tokens)
        // Of what is estimated a budget counts the most that it can be: a token is a byte at least.
        outcome.chargeMicroUSD =
            outcome.areTokensEstimated
            ? price.ceiling(input: Int64(sentBytes), output: tokens.output == 0 ? 0 : Int64(answerBytes))
            : price.charge(tokens)
    }

    /// What limits count, and budgets in micro-USD.
    private func settle(_ admission: Admission) {
        if outcome.served == nil, outcome.status == .clientClosed || outcome.status == .upstreamTimeout {
            // Nobody knows how far the provider came; that it read the request is likely.
            outcome.chargeMicroUSD = price?.ceiling(input: Int64(sentBytes), output: 0)
        }
        if outcome.cache == .hit { return admission.settle(used: 0, spent: 0) }
        // An answer whose tokens nobody knows, such as one too large to be read: what was reserved stands. What a
        // provider refused cost nothing.
        let isUnknown = outcome.served != nil && outcome.tokens == nil && outcome.status.gaveAnAnswer
        if isUnknown { outcome.chargeMicroUSD = admission.promised }
        // A count that no price reaches, however it came about, must not give back what was reserved.
        let unpriced = outcome.tokens != nil && price != nil ? admission.promised : 0
        admission.settle(
            used: isUnknown ? nil : outcome.tokens.map(Self.sum) ?? 0,
            spent: outcome.chargeMicroUSD ?? unpriced)
    }

    /// A provider may tell any number.
    private static func sum(_ tokens: Outcome.Tokens) -> Int64 {
        let (sum, overflow) = tokens.input.addingReportingOverflow(tokens.output)
        return overflow ? .max : sum
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
        if let admission { settle(admission) }
        recorder.record(outcome)
    }

    /// A caller may write anything there.
    private static func name(_ asked: String) -> String {
        asked.utf8.count <= ResourceName.lengthMax ? asked : String(asked.prefix(ResourceName.lengthMax))
    }

    /// - Parameter running: nanoseconds that an attempt which has not ended has waited.
    func mark(_ response: inout Response, running: UInt64 = 0, at instant: MonotonicInstant = .now()) {
        response.headers.add(known: "x-signalbox-outcome", count: ULID.characterCount) { outcome.id.write(to: $0) }
        if let use = outcome.cache { response.headers.add(known: "x-signalbox-cache", use.rawValue) }
        // Anthropic's SDKs look for the id of a request under its own name.
        if surface.style == .anthropic { response.headers.set("request-id", outcome.requestID) }
        guard let plan else { return }
        response.headers.add(plan.fields)
        if let admission { admission.mark(&response) }
        if let served = outcome.served, served !== plan.arm {
            response.headers.add(known: "x-signalbox-served-by", served.variant)
        }
        let overhead = startedAt.nanoseconds(to: instant) - Int64(waitedNanoseconds + running)
        response.headers.add(known: "x-signalbox-overhead-us", String(max(0, overhead / 1_000)))
    }

    private static func milliseconds(_ nanoseconds: Int64) -> Double {
        // Microseconds are all that the API shows.
        Double(nanoseconds / 1_000) / 1_000
    }
}
