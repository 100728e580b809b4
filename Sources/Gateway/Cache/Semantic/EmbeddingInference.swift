import Domain
import HTTP
import JSON
import REST
import Reactor

/// The vector of one question, asked of a deployment on behalf of the cache: an inference of its own on the way that
/// callers' requests take, recorded with origin `cache` under the id of the request that it is for. It stays within the
/// regions that hold for that request, and counts against money and the deployment's own limits, but is no further
/// request of its caller's.
struct EmbeddingInference: Sendable {
    struct Made: Sendable {
        let vector: UnitVector
        /// What made it.
        let arm: OutcomeArm
    }

    private let inference: Inference
    private let chat: CallerRequest
    private let regions: [RegionRule]
    private let deployment: LiveDeployment
    private let limit: MonotonicInstant
    private var gateway: Gateway { inference.gateway }
    private var request: Request { inference.request }

    /// - Parameter limit: when it has to be over.
    /// - Returns: nil where there is no deployment of that name any more.
    init?(
        _ inference: Inference, _ trials: TrialSequence, _ policy: SemanticPolicy, until limit: MonotonicInstant
    ) {
        let routing = inference.gateway.names.routing.current
        guard
            let found = routing.deployment(
                project: inference.principal.project, preferring: trials.environment, name: policy.embeddings)
        else { return nil }
        self.inference = inference
        chat = trials.chat
        regions = trials.regions.map(\.always)
        deployment = found
        self.limit = limit
    }

    /// - Parameter lead: whose flight it is for: it ends when nobody waits for that.
    /// - Returns: nil when there is none that can be compared.
    func vector(of text: String, heldBy lead: FlightLead) async -> Made? {
        let asked = Request(
            head: RequestHead(
                method: .post, target: Surface.embeddings.path,
                fields: [("Content-Type", "application/json"), ("X-Stainless-Read-Timeout", patience)]),
            body: JSONValue.object(["model": .string(deployment.name), "input": .string(text)]).encoded(),
            id: request.id, route: Surface.embeddings.path, remoteAddress: request.remoteAddress,
            receivedAt: request.loop.now(), loop: request.loop)
        let record = InferenceRecord(
            gateway: gateway, surface: .embeddings, requestID: request.id, principal: inference.principal,
            startedAt: asked.receivedAt)
        record.outcome.origin = .cache
        let own = Inference(
            gateway: gateway, surface: .embeddings, request: asked, principal: payer, origin: .cache)
        let trials: TrialSequence
        do throws(OpenAIError) {
            trials = try self.trials(asked, record)
        } catch {
            _ = own.refusal(error, record)
            return nil
        }
        lead.hold(Departure(asked))
        let response = await Responder.response(to: asked) { responder in
            guard let policy = trials.cachePolicy else { return own.begin(trials, responder) }
            CachedInference(own, trials, policy).answer(responder)
        }
        var whole: [UInt8]?
        if case .bytes(let bytes) = response.body { whole = bytes }
        // Whoever listens for its caller's departure is let go of; an answer that comes in pieces is not read on.
        request.loop.execute { [isWhole = whole != nil] in asked.departed(isAnswered: isWhole) }
        guard let bytes = whole else { return nil }
        guard response.status == 200, let vector = Self.vector(in: bytes) else { return nil }
        return Made(vector: vector, arm: record.outcome.served ?? record.outcome.arm)
    }

    /// Its routing asks about the caller's request: its slices, its header fields, its metadata, its unit.
    private func trials(_ asked: Request, _ record: InferenceRecord) throws(OpenAIError) -> TrialSequence {
        let own = try CallerRequest(asked.body, .embeddings)
        record.named(deployment.name, isStream: false)
        let now = record.outcome.createdAt
        let routing = try RoutingChoice(
            request, chat, deployment, alsoWithin: regions, principal: inference.principal, requestID: request.id,
            now: now)
        record.sliced(routing.slices.pairs)
        let plan = DeploymentPlan.of(deployment, gateway, at: now)
        guard let choice = routing.choice else {
            record.blocked(deployment, unit: routing.unit, error: "region_not_allowed")
            throw RoutingChoice.nowhere
        }
        record.assigned(plan.variants[choice.index], unit: routing.unit, probability: choice.probability)
        record.unitSource = routing.unitSource
        let payer = payer
        if payer.isMetered || plan.isMetered {
            record.admission = Admission(gateway, payer.meters, plan.meter)
        }
        if deployment.options.storesBodies { record.keep(own.bytes, gateway) }
        return TrialSequence(gateway, asked, own, deployment, plan, from: choice, record)
    }

    /// Who pays for it, of whose requests it is none.
    private var payer: Principal {
        let caller = inference.principal
        return Principal(
            keyID: caller.keyID, name: caller.name, project: caller.project, role: caller.role,
            permissions: caller.permissions, environment: caller.environment,
            meters: caller.meters.map(\.ofMoneyAlone))
    }

    /// As callers say it, of which a fifth is left for the way back: in seconds.
    private var patience: String {
        let milliseconds = max(1, request.loop.now().nanoseconds(to: limit) / 1_000_000)
        return String(Double(milliseconds + (milliseconds + 3) / 4) / 1_000)
    }

    private static let plan = PathPlan([["data"], ["data", "0", "embedding"]])

    /// Of an answer to one text, in floats.
    static func vector(in bytes: [UInt8]) -> UnitVector? {
        guard let scan = try? PathScan(bytes, plan), let data = scan[0], let field = scan[1], field.kind == .array,
            (try? FieldScan.elements(of: data, in: bytes).count) == 1,
            let elements = try? FieldScan.elements(of: field, in: bytes),
            elements.count <= UnitVector.dimensionMax
        else { return nil }
        var numbers: [Double] = []
        numbers.reserveCapacity(elements.count)
        for element in elements {
            guard let number = element.double(in: bytes) else { return nil }
            numbers.append(number)
        }
        return UnitVector(numbers)
    }

    /// Nobody waits for it any more.
    private final class Departure: DepartureListener {
        private let request: Request

        init(_ request: Request) { self.request = request }

        func callerDeparted() {
            request.loop.execute { [request] in request.departed(isAnswered: false) }
        }
    }
}
