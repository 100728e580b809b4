import Domain
import HTTP
import Reactor

/// What becomes the outcome of one inference, gathered on its way. It is recorded once: by whoever ends the inference,
/// or, when the server never came to send the answer, when the last holder lets go.
final class InferenceRecord: @unchecked Sendable {
    // @unchecked: used by one task at a time.

    private let recorder: any OutcomeRecorder
    private let startedAt: MonotonicInstant
    private(set) var outcome: Outcome
    private var isFinished = false
    /// How long upstreams were waited for.
    private var waited = Duration.zero

    init(gateway: Gateway, requestID: String, principal: Principal?, startedAt: MonotonicInstant) {
        recorder = gateway.recorder
        self.startedAt = startedAt
        outcome = Outcome(
            id: gateway.identifiers.next(), createdAt: gateway.clock.now(), project: principal?.project ?? "",
            deploymentID: "", deployment: "", environment: "", revision: 0, variant: "", model: "", prompt: nil,
            unit: "", probability: 0, status: .ok, isStream: false, latencyMilliseconds: 0, requestID: requestID,
            keyID: principal?.keyID ?? "")
    }

    deinit {
        finish(.clientClosed, error: "client_closed")
    }

    func named(_ model: String, isStream: Bool) {
        outcome.deployment = String(model.prefix(ResourceName.lengthMax))
        outcome.isStream = isStream
    }

    func sliced(_ slices: [(name: String, value: String)]) {
        outcome.slices = slices
    }

    func assigned(_ deployment: LiveDeployment, _ variant: LiveVariant, unit: String, probability: Double) {
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
        _ variant: LiveVariant, status: Int?, error: String?, since start: MonotonicInstant, waited: Duration
    ) {
        outcome.attempts.append(
            Attempt(
                variant: variant.name, provider: variant.provider.name, status: status,
                latencyMilliseconds: Self.milliseconds(start.duration(to: .now())), error: error))
        self.waited += waited
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
        outcome.firstTokenMilliseconds = instant.map { Self.milliseconds(startedAt.duration(to: $0)) }
    }

    /// The first call holds.
    func finish(_ status: OutcomeStatus, error: String? = nil) {
        guard !isFinished else { return }
        isFinished = true
        outcome.status = status
        outcome.error = error
        outcome.latencyMilliseconds = Self.milliseconds(startedAt.duration(to: .now()))
        recorder.record(outcome)
    }

    /// - Parameter running: the wait of an attempt that has not ended.
    func mark(_ response: inout Response, running: Duration = .zero) {
        response.headers.add("x-signalbox-outcome", outcome.id)
        guard !outcome.deploymentID.isEmpty else { return }
        response.headers.add("x-signalbox-deployment", outcome.deployment)
        response.headers.add("x-signalbox-revision", String(outcome.revision))
        response.headers.add("x-signalbox-variant", outcome.variant)
        if let servedBy = outcome.servedBy, servedBy != outcome.variant {
            response.headers.add("x-signalbox-served-by", servedBy)
        }
        let overhead = startedAt.duration(to: .now()) - waited - running
        response.headers.add("x-signalbox-overhead-us", String(max(0, Int(Self.milliseconds(overhead) * 1_000))))
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        // Microseconds are all that the API shows.
        return Double(seconds * 1_000_000 + attoseconds / 1_000_000_000_000) / 1_000
    }
}
