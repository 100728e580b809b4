import Domain
import HTTP
import REST
import Reactor

/// The tries of one inference: the assigned variant, then the fallbacks in order. Used by one task at a time.
final class TrialSequence: @unchecked Sendable {
    // @unchecked: used by one task at a time, on its loop.

    let chat: CallerRequest
    let patience: CallerPatience
    private let gateway: Gateway
    private let request: Request
    private let deployment: LiveDeployment
    private let plan: DeploymentPlan
    private let choice: VariantChoice
    let record: InferenceRecord
    /// What holds the call up for others who ask the same; nil where answers are not shared.
    var lead: FlightLead?
    /// Place in the deployment's fallbacks; -1 for the assigned variant.
    private var place = -1
    private var last: TrialFailure?
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
        self.plan = plan
        self.choice = choice
        self.record = record
        patience = CallerPatience(request, isStream: chat.isStream, gateway.settings)
    }

    /// Begins the next try; nil when there is none, or no time for it.
    /// - Throws: what the caller has to mend for the assigned variant.
    func next() throws(OpenAIError) -> Trial? {
        while let index = nextIndex() {
            let plan = plan.variants[index]
            // The loop has just begun this turn for us, but for fallbacks.
            let start = last == nil ? max(request.receivedAt, request.loop.turnStartedAt) : request.loop.now()
            if last != nil, start >= patience.end { return nil }
            let route: SurfaceRoute
            let body: [UInt8]
            do throws(OpenAIError) {
                route = try plan.route(for: chat.surface)
                body = try UpstreamBody.make(chat, for: plan.variant, over: route)
            } catch {
                // The assigned variant's is the caller's to mend, unless it is that its provider does not have the
                // surface, and another's may; a fallback that cannot be asked is passed over.
                guard last != nil || refusal != nil || error.code == VariantPlan.unsupportedSurface else { throw error }
                if last == nil { refusal = refusal ?? error }
                record.attempted(plan, status: nil, error: error.code, from: start, to: .now(), waited: 0)
                continue
            }
            let exchange = gateway.transport.begin(upstreamRequest(body, route, start), on: request.loop)
            if let lead { lead.hold(exchange) } else { request.tieToCaller(exchange) }
            return Trial(plan: plan, route: route, exchange: exchange, start: start, record: record)
        }
        if last == nil, let refusal { throw refusal }
        return nil
    }

    /// What the caller was assigned to.
    var assignedPlan: VariantPlan { plan.variants[choice.index] }

    /// Which variants may answer, its fallbacks among them; nil for all.
    var allowedVariants: [Bool]? { choice.allowed }

    /// What begins the keys of its requests; nil where they have none.
    var cachePrefix: [UInt8]? { assignedPlan.cachePrefix(chat.surface) }

    func cacheTally(in cache: AnswerCache) -> CacheTally { plan.cacheTally(deployment, in: cache) }

    /// The answer that the caller gets is that of all who asked the same meanwhile.
    func settled(_ response: Response) -> Response {
        lead?.settle(response)
        return response
    }

    /// A try gave nothing that the caller may have.
    func failed(_ failure: TrialFailure) { last = failure }

    /// Why the last of them failed.
    var failure: TrialFailure { last ?? .unrenderable }

    private func nextIndex() -> Int? {
        if place < 0 {
            place = 0
            return choice.index
        }
        while place < deployment.fallbacks.count {
            let index = deployment.fallbacks[place]
            place += 1
            if index != choice.index, choice.allowed?[index] ?? true { return index }
        }
        return nil
    }

    private func upstreamRequest(_ body: [UInt8], _ route: SurfaceRoute, _ start: MonotonicInstant) -> UpstreamRequest {
        let settings = gateway.settings
        return UpstreamRequest(
            target: route.target, body: body,
            deadlines: patience.deadlines(gateway.deadlines, from: start),
            bufferBytesMax: chat.isStream ? settings.streamBufferBytesMax : settings.plainAnswerBytesMax)
    }
}
