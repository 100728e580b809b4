import Domain
import JSON

/// A project as it is stored and shown.
struct ProjectRecord: Sendable {
    let id: String
    let name: String
    let createdAt: Timestamp
    var limits: RateLimits?
    var budget: Budget?

    /// What a caller may write.
    var writable: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if let limits { object["limits"] = limits.json }
        if let budget { object["budget"] = budget.json }
        return .object(object)
    }

    var json: JSONValue {
        [
            "id": .string(id), "name": .string(name), "created_at": .string(createdAt.text),
            "limits": limits?.json ?? .null, "budget": budget?.json ?? .null,
        ]
    }
}
