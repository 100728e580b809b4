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
    private var isFinished = false
    /// What tells the caller what it was assigned to.
    private var fields = Headers()
    /// How long upstreams were waited for.
    private var waitedNanoseconds: UInt64 = 0

    init(gateway: Gateway, requestID: String, principal: Principal?, startedAt: MonotonicInstant) {
        recorder = gateway.recorder
        self.startedAt = startedAt
        let now = gateway.clock.now()
        outcome = Outcome(
            id: gateway.identifiers.next(at: now), createdAt: now, project: principal?.project ?? "",
            deploymentID: "", deployment: "", environment: "", revision: 0, variant: "", model: "", prompt: nil,
            unit: "", probability: 0, status: .ok, isStream: false, latencyMilliseconds: 0, requestID: requestID,
            keyID: principal?.keyID ?? "")
    }

    deinit {
        if !isFinished { finish(.clientClosed, error: "client_closed") }
    }

    func named(_ model: String, isStream: Bool) {
        let isName = model.utf8.count <= ResourceName.lengthMax
        outcome.deployment = isName ? model : String(model.prefix(ResourceName.lengthMax))
        outcome.isStream = isStream
    }

    func sliced(_ slices: [(name: String, value: String)]) {
        outcome.slices = slices
    }

    /// - Parameter fields: what tells the caller of it.
    func assigned(
        _ deployment: LiveDeployment, _ variant: LiveVariant, unit: String, probability: Double,
        fields: Headers = Headers()
    ) {
        self.fields = fields
        outcome.project = deployment.project
        outcome.deploymentID = deployment.id
        outcome.deployment = deployment.name
        outcome.environment = deployment.environment
        outcome.revision = deployment.revision
        outcome.variant = variant.name
        outcome.model = variant.model
        outcome.prompt = variant.prompt
        outcome.unit = unit
        outcome.probability = probability
    }

    func probed() {
        outcome.origin = .probe
    }

    func attempted(
        _ variant: LiveVariant, status: Int?, error: String?, from start: MonotonicInstant, to end: MonotonicInstant,
        waited: UInt64
    ) {
        outcome.add(
            Attempt(
                variant: variant.name, provider: variant.provider.name, status: status,
                latencyMilliseconds: Self.milliseconds(start.nanoseconds(to: end)), error: error))
        waitedNanoseconds += waited
    }

    /// The variant whose answer the caller gets: its model, prompt and price are those of the outcome.
    func served(by variant: LiveVariant) {
        outcome.servedBy = variant.name
        outcome.model = variant.model
        outcome.prompt = variant.prompt
    }

    func used(_ tokens: Outcome.Tokens?, finishReason: String?, price: Price?) {
        outcome.tokens = tokens
        outcome.finishReason = finishReason
        guard let tokens, let price else { return }
        outcome.costMicroUSD = price.cost(inputTokens: tokens.input, outputTokens: tokens.output)
    }

    func firstToken(at instant: MonotonicInstant?) {
        outcome.firstTokenMilliseconds = instant.map { Self.milliseconds(startedAt.nanoseconds(to: $0)) }
    }

    /// The first call holds.
    func finish(_ status: OutcomeStatus, error: String? = nil, at instant: MonotonicInstant = .now()) {
        guard !isFinished else { return }
        isFinished = true
        outcome.status = status
        outcome.error = error
        outcome.latencyMilliseconds = Self.milliseconds(startedAt.nanoseconds(to: instant))
        recorder.record(outcome)
    }

    /// - Parameter running: nanoseconds that an attempt which has not ended has waited.
    func mark(_ response: inout Response, running: UInt64 = 0, at instant: MonotonicInstant = .now()) {
        response.headers.add(known: "x-signalbox-outcome", outcome.id)
        guard !outcome.deploymentID.isEmpty else { return }
        response.headers.add(fields)
        if let servedBy = outcome.servedBy, servedBy != outcome.variant {
            response.headers.add(known: "x-signalbox-served-by", servedBy)
        }
        let overhead = startedAt.nanoseconds(to: instant) - Int64(waitedNanoseconds + running)
        response.headers.add(known: "x-signalbox-overhead-us", String(max(0, overhead / 1_000)))
    }

    private static func milliseconds(_ nanoseconds: Int64) -> Double {
        // Microseconds are all that the API shows.
        Double(nanoseconds / 1_000) / 1_000
    }
}
