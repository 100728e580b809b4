import Domain
import JSON

/// A row of `model_versions`: immutable.
struct ModelVersionRecord: Sendable {
    let model: String
    let version: Int
    let state: String
    let provider: String
    /// What was posted, but for `provider`, whose id is a column.
    let document: JSONObject
    let createdAt: Timestamp
    let createdBy: String

    var json: JSONValue {
        var object: JSONObject = [
            "model": .string(model), "version": JSONValue(version), "state": .string(state),
            "provider": .string(provider),
        ]
        for (key, value) in document { object[key] = value }
        object["created_at"] = .string(createdAt.text)
        object["created_by"] = .string(createdBy)
        return .object(object)
    }
}
