import Domain
import JSON

/// One immutable, numbered state of a deployment: what was live, from when to when, by whom and why.
struct RevisionRecord: Sendable {
    enum Cause: String, Sendable {
        case create, update, rollback, follow
    }

    let number: Int
    let activeFrom: Timestamp
    var activeTo: Timestamp?
    let by: String
    let cause: Cause
    let reason: String?
    let unit: AssignmentUnit
    let follow: Bool
    let fallbacks: [String]
    let storesBodies: Bool
    var variants: [PinnedVariant]

    /// What a caller writes, and what it meant.
    var content: JSONObject {
        [
            "unit": .string(unit.rawValue),
            "variants": .array(variants.map(\.content.json)),
            "pinned": .object(JSONObject(variants.map { (key: $0.content.name, value: $0.pins) })),
            "fallbacks": .array(fallbacks.map { .string($0) }),
            "follow": .bool(follow),
            "store_bodies": .bool(storesBodies),
        ]
    }

    func json(deployment: String, environment: String) -> JSONValue {
        var object: JSONObject = [
            "deployment": .string(deployment), "environment": .string(environment), "revision": JSONValue(number),
            "active_from": .string(activeFrom.text), "active_to": JSONValue(activeTo?.text), "by": .string(by),
            "cause": .string(cause.rawValue), "reason": JSONValue(reason),
        ]
        for (key, value) in content { object[key] = value }
        return .object(object)
    }
}
