package import JSON

/// What a revision says beside its variants, each with the value that holds when it is not written. A new member is
/// read and written here, checked by the schema and by `DeploymentRules`, and needs no column of its own.
package struct DeploymentOptions: Sendable, Hashable {
    /// What stays on one variant.
    package var unit = AssignmentUnit.user
    /// Names of variants, tried in this order.
    package var fallbacks: [String] = []
    /// Whether a new revision is made when an alias or label that is named moves.
    package var follow = false
    /// Whether what callers send and get is kept with their outcomes.
    package var storesBodies = false
    /// The first whose condition holds decides about the shares.
    package var rules: [RoutingRule] = []
    /// All whose conditions hold, together, say which variants may serve.
    package var regions: [RegionRule] = []
    /// Whether answers are kept for those who ask the same again; nil for no.
    package var cache: CachePolicy?
    package var resilience = Resilience.unsaid
    /// What callers of it may use together; nil for no limit.
    package var limits: RateLimits?
    package var budget: Budget?
    /// Who is asked too, without the callers' knowing; nil for nobody.
    package var mirror: MirrorPolicy?
    /// When somebody else is asked beside a provider that has not begun to answer; nil for never.
    package var hedge: HedgePolicy?

    package init() {}

    /// Parts of the wrong shape count as absent: schema and rules let none through.
    package init(_ document: JSONValue) {
        unit = document["unit"]?.stringValue.flatMap(AssignmentUnit.init(rawValue:)) ?? .user
        fallbacks = (document["fallbacks"]?.arrayValue ?? []).compactMap(\.stringValue)
        follow = document["follow"]?.boolValue ?? false
        storesBodies = document["store_bodies"]?.boolValue ?? false
        rules = (document["rules"]?.arrayValue ?? []).compactMap { RoutingRule($0) }
        regions = (document["regions"]?.arrayValue ?? []).compactMap { RegionRule($0) }
        cache = document["cache"].flatMap { CachePolicy($0) }
        resilience = Resilience(document)
        limits = RateLimits(document["limits"])
        budget = Budget(document["budget"])
        mirror = document["mirror"].flatMap { MirrorPolicy($0) }
        hedge = document["hedge"].flatMap { HedgePolicy($0) }
    }

    /// As it is shown and written. What is off by being absent stays absent.
    package var json: JSONObject {
        var object: JSONObject = [
            "unit": .string(unit.rawValue),
            "fallbacks": .array(fallbacks.map { .string($0) }),
            "follow": .bool(follow),
            "store_bodies": .bool(storesBodies),
        ]
        if !rules.isEmpty { object["rules"] = .array(rules.map(\.json)) }
        if !regions.isEmpty { object["regions"] = .array(regions.map(\.json)) }
        if let cache { object["cache"] = cache.json }
        for (key, value) in resilience.members { object[key] = value }
        if let limits { object["limits"] = limits.json }
        if let budget { object["budget"] = budget.json }
        if let mirror { object["mirror"] = mirror.json }
        if let hedge { object["hedge"] = hedge.json }
        return object
    }
}
