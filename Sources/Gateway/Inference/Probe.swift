import Domain
import JSON
import Reactor

/// One example through one variant, on the way that callers' requests take.
struct Probe: Sendable {
    let gateway: Gateway
    let request: ProbeRequest

    /// - Parameter loop: the one that this runs on; nil when the process has none, as in a tool.
    func answer(on loop: EventLoop?) async -> ProbeAnswer {
        let start = MonotonicInstant.now()
        let record = InferenceRecord(
            gateway: gateway, surface: .chat, requestID: request.runID, principal: nil, startedAt: start)
        record.probed()
        let deployment = request.deployment
        guard let loop, deployment.variants.indices.contains(request.variant) else {
            return finish(record, .invalidRequest, "no_such_variant")
        }
        record.named(deployment.name, isStream: false)
        let assigned = DeploymentPlan.of(deployment, gateway, at: record.outcome.createdAt)
            .variants[request.variant]
        record.assigned(assigned, unit: record.outcome.id.text, probability: assigned.variant.weight.probability)
        // Rules with a condition are about callers' requests: there is none here.
        let regions = deployment.options.regions.filter { $0.condition == nil }
        let unit = record.outcome.unit
        guard let plan = assigned.place(within: regions, unit: unit, isStream: false, at: start) else {
            return finish(record, .blocked, "region_not_allowed")
        }
        guard plan.breakerMode != .forcedOpen else { return finish(record, .upstreamError, LastTry.openCode) }
        let example = exampleBody(deployment.name)
        if deployment.options.storesBodies { record.keep(example, gateway) }
        let route: SurfaceRoute
        let body: [UInt8]
        let chat: CallerRequest
        do throws(OpenAIError) {
            route = try plan.route(for: .chat)
            chat = try CallerRequest(example, .chat)
            body = try UpstreamBody.make(chat, for: plan.variant, over: route)
        } catch {
            return finish(record, .invalidRequest, error.code ?? error.message)
        }
        record.sent(body.count, chat, to: plan)
        let exchange = gateway.send(upstreamRequest(body, route), over: route, on: loop)
        await withTaskCancellationHandler {
            await exchange.wait(for: .bytes(gateway.settings.plainAnswerBytesMax), until: nil)
        } onCancel: {
            exchange.cancel()
        }
        let trial = Trial(plan, over: route, exchange, from: start, record)
        return answer(PlainTrial(trial).result(), trial)
    }

    private func answer(_ result: PlainTrial.Result, _ trial: Trial) -> ProbeAnswer {
        switch result {
        case .answer(let answer):
            _ = trial.answer(answer)
            return self.answer(trial.record, text: answer.text)
        case .refused(let head, let body):
            trial.ended(status: head.status, error: Trial.code(of: head))
            _ = trial.refusal(head, body)
            return self.answer(trial.record, text: nil)
        case .oversized(let exchange):
            exchange.cancel()
            trial.ended(status: exchange.head?.status, error: "answer_too_large")
            return finish(trial.record, .upstreamError, "answer_too_large")
        case .failed(let failure, let status, _):
            trial.ended(status: status, error: failure.code)
            let outcome: OutcomeStatus =
                failure.isCancelled ? .clientClosed : failure.isTimeout ? .upstreamTimeout : .upstreamError
            return finish(trial.record, outcome, failure.code)
        }
    }

    private func finish(_ record: InferenceRecord, _ status: OutcomeStatus, _ error: String) -> ProbeAnswer {
        record.finish(status, error: error)
        return answer(record, text: nil)
    }

    private func answer(_ record: InferenceRecord, text: String?) -> ProbeAnswer {
        let outcome = record.outcome
        return ProbeAnswer(
            outcomeID: outcome.id.text, status: outcome.status, text: text,
            latencyMilliseconds: outcome.latencyMilliseconds, error: outcome.error)
    }

    private func exampleBody(_ name: String) -> [UInt8] {
        var body: JSONObject = ["model": .string(name)]
        switch request.input {
        case .messages(let messages):
            body["messages"] = messages
        case .variables(let variables):
            body["messages"] = []
            body["signalbox"] = ["variables": .object(variables)]
        }
        return JSONValue.object(body).encoded()
    }

    private func upstreamRequest(_ body: [UInt8], _ route: SurfaceRoute) -> UpstreamRequest {
        let settings = gateway.settings
        var deadlines = gateway.deadlines
        deadlines.firstByte = UpstreamDeadlines.nanoseconds(request.timeout)
        deadlines.total = deadlines.firstByte
        return UpstreamRequest(
            target: route.target, body: body,
            deadlines: deadlines,
            bufferBytesMax: settings.plainAnswerBytesMax)
    }
}
