import Domain
import JSON
import Reactor

/// When somebody else would be asked beside the assigned variant, and who.
struct HedgeExplanation {
    let hedging: Hedging
    let plan: DeploymentPlan
    let choice: VariantChoice
    let fallbacks: [Int]
    let chat: CallerRequest
    let now: MonotonicInstant

    var json: JSONValue {
        var object = hedging.policy.json.objectValue ?? [:]
        let first = allowed(choice.index)
        object["places"] = .array(first.map(delay))
        object["left"] = JSONValue(hedging.ledger.credit)
        let target = target(first)
        object["to"] =
            target.map { target -> JSONValue in
                [
                    "variant": .string(plan.variants[target.index].variant.name),
                    "providers": .array(target.places.map { .string($0.variant.provider.name) }),
                ]
            } ?? .null
        object["skipped"] =
            skip(first + (target?.places ?? []), hasTarget: target != nil).map { skip -> JSONValue in
                ["code": .string(skip.code), "message": .string(skip.message)]
            } ?? .null
        return .object(object)
    }

    /// Where a variant may run that can be asked this.
    private func allowed(_ index: Int) -> [VariantPlan] {
        guard choice.allowed?[index] ?? true else { return [] }
        return plan.variants[index].places.filter {
            $0.variant.isAllowed(by: choice.regions) && (try? $0.route(for: chat.surface)) != nil
        }
    }

    /// How long a place would be waited for.
    private func delay(_ place: VariantPlan) -> JSONValue {
        let delay = hedging.delay(of: place, chat, at: now)
        var object: JSONObject = [
            "provider": .string(place.variant.provider.name),
            "delay_ms": delay.map { .number(Double($0 / 1_000) / 1_000) } ?? .null,
        ]
        // What a quantile is known by.
        if let times = place.times?.of(chat.surface) {
            object["answers"] = JSONValue(times.count(isStream: chat.isStream, at: now))
        }
        return .object(object)
    }

    private func target(_ first: [VariantPlan]) -> (index: Int, places: [VariantPlan])? {
        let well = first.filter { TrialOrder.isWell($0, for: chat, at: now) }
        // Whichever of them is not asked first.
        if first.count > 1, !well.isEmpty { return (choice.index, well) }
        for index in fallbacks where index != choice.index {
            let places = allowed(index).filter { TrialOrder.isWell($0, for: chat, at: now) }
            if !places.isEmpty { return (index, places) }
        }
        return nil
    }

    private func skip(_ places: [VariantPlan], hasTarget: Bool) -> (code: String, message: String)? {
        guard Hedging.covers(chat, .traffic) else {
            return ("not_asked_twice", "\(chat.surface.path) is not asked twice")
        }
        guard Hedging.leavesNothing(chat, over: places.compactMap { try? $0.route(for: chat.surface) }) else {
            return ("stored", "what is asked leaves something with its provider")
        }
        guard hasTarget else { return ("nowhere", "there is nobody else that the rules allow and that is well") }
        return nil
    }
}
