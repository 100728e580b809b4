import Domain
import HTTP
import REST
import Reactor

/// One chat completion, from the request's bytes to the answer.
struct Inference: Sendable {
    let gateway: Gateway
    let request: Request
    let principal: Principal

    /// Parse → find → assign → render → upstream → answer → outcome.
    func answer() async -> Response {
        let record = InferenceRecord(
            gateway: gateway, requestID: request.id, principal: principal, startedAt: request.receivedAt)
        do throws(OpenAIError) {
            let chat = try ChatRequest(request.body)
            record.named(chat.model, isStream: chat.isStream)
            let deployment = try await deployment(chat.model)
            let metadata = try chat.metadata()
            let slices = try CallerSlices(request, metadata: metadata)
            gateway.counters.skipped(slices: slices.skipped)
            record.sliced(slices.pairs)
            let unit = CallerUnit.of(
                request, chat, metadata: metadata, kind: deployment.unit, requestID: record.outcome.requestID)
            let (assigned, probability) = deployment.assign(unit: unit)
            record.assigned(deployment, deployment.variants[assigned], unit: unit, probability: probability)
            return try await served(chat, deployment, from: assigned, record)
        } catch {
            // Whoever knew better has recorded it already.
            record.finish(.invalidRequest, error: error.code ?? error.param ?? "invalid_request")
            var response = error.response()
            record.mark(&response)
            return response
        }
    }

    private func deployment(_ model: String) async throws(OpenAIError) -> LiveDeployment {
        do {
            if let found = try await gateway.names.deployment(model, for: principal) { return found }
        } catch {
            throw OpenAIError(
                status: 503, message: "the revision could not be looked up: try again", code: "unavailable",
                headers: [(name: "retry-after", value: "1")])
        }
        throw .unknownModel(model)
    }

    /// The assigned variant, then the fallbacks in order, until one gives something that the caller may have.
    private func served(
        _ chat: ChatRequest, _ deployment: LiveDeployment, from assigned: Int, _ record: InferenceRecord
    ) async throws(OpenAIError) -> Response {
        let patience = CallerPatience(request, isStream: chat.isStream, gateway.settings)
        var last: TrialFailure?
        for index in [assigned] + deployment.fallbacks.filter({ $0 != assigned }) {
            let variant = deployment.variants[index]
            // The loop has just begun this turn for us, but for fallbacks.
            let start = last == nil ? max(request.receivedAt, request.loop.turnStartedAt) : request.loop.now()
            if last != nil, start >= patience.end { break }
            guard let body = try body(chat, variant, isFirst: last == nil) else {
                let code = TrialFailure.unrenderable.code
                record.attempted(variant, status: nil, error: code, from: start, to: .now(), waited: 0)
                continue
            }
            let exchange = gateway.transport.begin(
                upstreamRequest(body, variant, patience, start, isStream: chat.isStream), on: request.loop)
            let trial = Trial(variant: variant, exchange: exchange, start: start, record: record)
            switch chat.isStream ? await stream(chat, trial, patience) : await plain(trial) {
            case .success(let response):
                return response
            case .failure(let failure):
                last = failure
                guard !failure.isCancelled else { return departed(record) }
            }
        }
        let failure = last ?? .unrenderable
        record.finish(failure.isTimeout ? .upstreamTimeout : .upstreamError, error: failure.code)
        throw failure.error
    }

    /// - Returns: nil when a fallback's prompt cannot be rendered; the assigned variant's is the caller's to mend.
    private func body(
        _ chat: ChatRequest, _ variant: LiveVariant, isFirst: Bool
    ) throws(OpenAIError) -> [UInt8]? {
        do throws(OpenAIError) {
            return try UpstreamBody.make(chat, for: variant)
        } catch {
            guard isFirst else { return nil }
            throw error
        }
    }

    private func upstreamRequest(
        _ body: [UInt8], _ variant: LiveVariant, _ patience: CallerPatience, _ start: MonotonicInstant, isStream: Bool
    ) -> UpstreamRequest {
        let settings = gateway.settings
        return UpstreamRequest(
            target: gateway.targets.target(for: variant.provider), body: body,
            deadlines: patience.deadlines(gateway.deadlines, from: start),
            bufferBytesMax: isStream ? settings.streamBufferBytesMax : settings.plainAnswerBytesMax)
    }

    private func plain(_ trial: Trial) async -> Result<Response, TrialFailure> {
        let result = await PlainTrial(exchange: trial.exchange).result(
            bufferBytesMax: gateway.settings.plainAnswerBytesMax)
        switch result {
        case .answer(let answer):
            return .success(trial.answer(answer))
        case .oversized:
            return .success(trial.oversizedAnswer())
        case .refused(let head, let body):
            return .success(trial.refusal(head, body))
        case .failed(let failure, let status):
            trial.ended(status: status, error: failure.code)
            return .failure(failure)
        }
    }

    private func stream(
        _ chat: ChatRequest, _ trial: Trial, _ patience: CallerPatience
    ) async -> Result<Response, TrialFailure> {
        let relay = StreamRelay(trial.exchange, wantsUsage: chat.wantsUsage)
        switch await relay.open(until: patience.firstByte) {
        case .ready, .late:
            return .success(trial.streamedAnswer(relay, keepAlive: patience.keepAlive))
        case .refused(let head, let body):
            if let failure = PlainTrial.failure(of: head.status) {
                trial.ended(status: head.status, error: failure.code)
                return .failure(failure)
            }
            return .success(trial.refusal(head, body))
        case .failed(let failure):
            trial.exchange.cancel()
            trial.ended(status: trial.exchange.head?.status, error: failure.code)
            return .failure(failure)
        }
    }

    /// Nobody is there to read it; the server wants an answer all the same.
    private func departed(_ record: InferenceRecord) -> Response {
        record.finish(.clientClosed, error: "client_closed")
        return OpenAIError(status: 499, message: "the client closed the request", code: "client_closed").response()
    }
}
