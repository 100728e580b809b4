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
    let options: DeploymentOptions
    var variants: [PinnedVariant]

    /// What a caller writes, and what it meant.
    var content: JSONObject {
        var object: JSONObject = [
            "variants": .array(variants.map(\.content.json)),
            "pinned": .object(JSONObject(variants.map { (key: $0.content.name, value: $0.pins) })),
        ]
        for (key, value) in options.json { object[key] = value }
        return object
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
