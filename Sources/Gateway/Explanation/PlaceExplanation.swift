import Domain
import JSON
import Reactor

/// Which upstream of a variant would be asked first, of several, and why.
struct PlaceExplanation {
    let balancer: Balancer
    let surface: Surface
    let isStream: Bool
    let unit: String
    let regions: [RegionRule]
    let now: MonotonicInstant

    var members: JSONObject {
        let skips = balancer.plans.map(skip)
        let candidates = skips.indices.filter { skips[$0] == nil }
        let isDrawn = candidates.count > 1 && [.leastOutstanding, .latency].contains(balancer.policy)
        let chosen =
            candidates.isEmpty || isDrawn
            ? nil : balancer.choose(candidates, unit: unit, isStream: isStream, at: now)
        return [
            "balance": .string(balancer.policy.rawValue),
            "upstream": JSONValue(chosen.map { balancer.plans[$0].variant.provider.name }),
            "why": .string(why(candidates.count)),
            "upstreams": .array(skips.indices.map { upstream($0, skips[$0]) }),
        ]
    }

    private func why(_ count: Int) -> String {
        switch (count, balancer.policy) {
        case (0, _): "none of them would be asked now"
        case (1, _): "no other would be asked now"
        case (_, .weighted): "the unit's, by the weights of those that would be asked now"
        case (_, .leastOutstanding): "of two drawn at random the one with fewer calls that have not ended"
        case (_, .latency): "of two drawn at random the one whose latency, times its calls and one more, is less"
        case (_, .cost): "the cheapest of those that would be asked now"
        }
    }

    private func upstream(_ place: Int, _ skip: (code: String, message: String)?) -> JSONValue {
        let plan = balancer.plans[place]
        let load = balancer.load(place, isStream: isStream, at: now)
        var object: JSONObject = [
            "provider": .string(plan.variant.provider.name), "provider_model": .string(plan.variant.providerModel),
            "region": JSONValue(plan.variant.provider.region), "outstanding": JSONValue(load.outstanding),
            "latency_ms": load.latency > 0 ? .number((load.latency / 1_000).rounded() / 1_000) : .null,
        ]
        if balancer.policy == .weighted { object["weight"] = balancer.weight(place).json }
        if balancer.policy == .cost {
            object["ordinary_cost_micro_usd"] = balancer.ordinaryCost(place).map { .integer($0) } ?? .null
        }
        object["skipped"] =
            skip.map { ["code": .string($0.code), "message": .string($0.message)] } ?? .null
        return .object(object)
    }

    /// Why it would not be asked.
    private func skip(_ plan: VariantPlan) -> (code: String, message: String)? {
        guard plan.variant.isAllowed(by: regions) else {
            return (RoutingChoice.nowhere.code ?? "", "the region rules do not allow it")
        }
        do throws(OpenAIError) {
            _ = try plan.route(for: surface)
        } catch {
            return (error.code ?? "", error.message)
        }
        switch plan.breakerMode {
        case .forcedClosed: return nil
        case .forcedOpen: return (LastTry.openCode, "an operator has switched the provider off")
        case .automatic: break
        }
        if plan.health.refuses(at: now) {
            return (LastTry.openCode, "the provider has failed too often, and is left alone for a while")
        }
        guard plan.coolDown.isOver(at: now) else {
            return (LastTry.coolingCode, "the provider has asked to be left alone for a while")
        }
        return nil
    }
}
