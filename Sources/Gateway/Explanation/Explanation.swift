import Domain
import HTTP
import JSON
import REST
import Reactor

/// What would become of a request and why: on the way that calls take, up to where they would leave the process.
struct Explanation {
    let deployment: LiveDeployment
    let chat: CallerRequest
    private let plan: DeploymentPlan
    private let routing: RoutingChoice
    private let facts: RequestFacts
    private let cached: CacheExplanation?

    /// - Throws: 422 for a sample that a call would not get further with.
    init(
        _ call: Call, of deployment: LiveDeployment, _ plan: DeploymentPlan, _ table: RoutingTable, now: Timestamp
    ) throws {
        self.deployment = deployment
        self.plan = plan
        let surface = try Self.surface(call.body["surface"]?.stringValue)
        var body = call.body["request"]?.objectValue ?? [:]
        body["model"] = .string(deployment.name)
        let fields = (call.body["headers"]?.objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") }
        let request = Request(
            head: RequestHead(method: .post, target: surface.path, fields: fields),
            body: JSONValue.object(body).encoded(), id: call.request.id, loop: call.request.loop)
        let key = call.body["key"]
        let principal = Principal(
            keyID: key?["id"]?.stringValue ?? call.principal.keyID,
            name: key?["name"]?.stringValue ?? call.principal.name, project: call.project, role: call.principal.role)
        var moment = now
        if let text = call.body["at"]?.stringValue {
            guard let parsed = Timestamp(parsing: text) else {
                throw Problem.invalid("/at", "must be RFC 3339 or unix milliseconds")
            }
            moment = parsed
        }
        do throws(OpenAIError) {
            chat = try CallerRequest(request.body, surface)
            routing = try RoutingChoice(
                request, chat, deployment, principal: principal, requestID: request.id, now: moment)
            facts = RequestFacts(
                head: request.head, chat: chat, metadata: try chat.metadata(), slices: routing.slices.pairs,
                principal: principal, assigned: routing.unit, now: moment)
        } catch {
            let place = error.param.map { "/" + $0.split(separator: ".").joined(separator: "/") } ?? ""
            throw Problem.invalid(place.hasPrefix("/X-") ? "/headers\(place)" : "/request\(place)", error.message)
        }
        cached = CacheExplanation(request, chat, deployment, routing, table, principal, now: moment)
    }

    private static func surface(_ name: String?) throws -> Surface {
        guard let name else { return .chat }
        guard let surface = Surface.all.first(where: { $0.name == name }) else {
            throw Problem.invalid(
                "/surface", "must be one of \(Surface.all.map(\.name).joined(separator: ", "))")
        }
        return surface
    }

    var json: JSONValue {
        let choice = routing.choice
        var work = Condition.workMax
        let regions = regions(&work)
        let held = deployment.rules.map { $0.condition.holds(facts, work: &work) }
        let rule = held.firstIndex { $0 ?? false }.map { deployment.rules[$0] }
        let weights = rule?.weights ?? deployment.variants.map(\.weight)
        return [
            "deployment": .string(deployment.name), "environment": .string(deployment.environment),
            "revision": JSONValue(deployment.revision), "surface": .string(chat.surface.name),
            "unit": ["kind": .string(deployment.options.unit.rawValue), "value": .string(routing.unit)],
            "slices": .object(JSONObject(routing.slices.pairs.map { (key: $0.name, value: .string($0.value)) })),
            "rules": .array(zip(deployment.rules, held).map(Self.json)), "regions": .array(regions),
            "rule": JSONValue(rule?.name),
            "weights": .object(
                JSONObject(zip(deployment.variants, weights).map { (key: $0.name, value: $1.json) })),
            "variant": JSONValue(choice.map { deployment.variants[$0.index].name }),
            "probability": choice.map { .number($0.probability) } ?? .null,
            "tries": .array(tries), "mirror": mirror, "hedge": hedge, "cache": cached?.json ?? .null,
            "refused": refusal.map(Self.json) ?? .null,
        ]
    }

    /// `holds` is null where a condition had too much to look at.
    private static func json(_ rule: LiveRule, _ holds: Bool?) -> JSONValue {
        [
            "name": .string(rule.name), "when": .string(rule.condition.text),
            "holds": holds.map { .bool($0) } ?? .null,
        ]
    }

    /// What the caller is refused with before anything is sent; nil when something is.
    private var refusal: OpenAIError? {
        guard let choice = routing.choice else { return RoutingChoice.nowhere }
        // The assigned variant's is the caller's to mend, but for a surface that its provider does not have.
        guard let found = obstacle(choice.index, choice), found.code != VariantPlan.unsupportedSurface else {
            return nil
        }
        return found
    }

    /// What would have a variant passed over.
    private func obstacle(_ place: Int, _ choice: VariantChoice) -> OpenAIError? {
        guard choice.allowed?[place] ?? true else { return RoutingChoice.nowhere }
        var first: OpenAIError?
        for place in plan.variants[place].places where place.variant.isAllowed(by: choice.regions) {
            do throws(OpenAIError) {
                _ = try UpstreamBody.make(chat, for: place.variant, over: try place.route(for: chat.surface))
                return nil
            } catch {
                first = first ?? error
            }
        }
        return first
    }

    private func regions(_ work: inout Int) -> [JSONValue] {
        deployment.options.regions.map { rule in
            [
                "name": .string(rule.name), "when": JSONValue(rule.condition?.text),
                "holds": .bool(rule.condition?.holds(facts, work: &work) ?? true),
                "allow": .array(rule.allowed.map { .string($0) }),
            ]
        }
    }

    /// The assigned variant, then the fallbacks, each with what would keep it from being asked.
    private var tries: [JSONValue] {
        guard let choice = routing.choice else { return [] }
        let places = [choice.index] + deployment.fallbacks.filter { $0 != choice.index }
        return places.map { place in
            let variant = deployment.variants[place]
            var object: JSONObject = [
                "variant": .string(variant.name), "model": .string(variant.model),
                "prompt": JSONValue(variant.prompt), "provider": .string(variant.provider.name),
                "provider_model": .string(variant.providerModel), "region": JSONValue(variant.provider.region),
                "skipped": obstacle(place, choice).map(Self.json) ?? .null,
            ]
            guard let balancer = plan.variants[place].balancer else { return .object(object) }
            // Of a variant that runs at several places these are each place's own.
            for name in ["provider", "provider_model", "region"] { object.removeValue(forKey: name) }
            let places = PlaceExplanation(
                balancer: balancer, surface: chat.surface, isStream: chat.comesInPieces, unit: routing.unit,
                regions: choice.regions, now: .now())
            for (key, value) in places.members { object[key] = value }
            return .object(object)
        }
    }

    /// The shadow, and whether the region rules let a copy of this request go there.
    private var mirror: JSONValue {
        guard let mirror = plan.mirror, let choice = routing.choice else { return .null }
        let isAllowed = mirror.plan.variant.isAllowed(by: choice.regions)
        return [
            "variant": .string(mirror.policy.variant), "share": mirror.policy.share.json,
            "skipped": isAllowed ? .null : Self.json(RoutingChoice.nowhere),
        ]
    }

    /// Whether somebody else would be asked too when the first takes long.
    private var hedge: JSONValue {
        guard let hedging = plan.hedging, let choice = routing.choice else { return .null }
        return HedgeExplanation(
            hedging: hedging, plan: plan, choice: choice, fallbacks: deployment.fallbacks, chat: chat, now: .now()
        ).json
    }

    private static func json(_ error: OpenAIError) -> JSONValue {
        ["code": JSONValue(error.code), "message": .string(error.message)]
    }
}
