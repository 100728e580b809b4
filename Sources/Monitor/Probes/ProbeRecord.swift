import Domain
import JSON

/// A row of `probes`.
struct ProbeRecord: Sendable {
    let id: String
    let project: String
    var definition: ProbeDefinition
    var nextDueAt: Timestamp?
    let createdAt: Timestamp
    let createdBy: String
    var updatedAt: Timestamp

    /// Without `nextDueAt`: each run by schedule would change the ETag under the hands of whoever edits.
    var json: JSONValue {
        var object = definition.writable.objectValue ?? [:]
        object["sample"] = JSONValue(definition.sample)
        object["created_at"] = .string(createdAt.text)
        object["created_by"] = .string(createdBy)
        object["updated_at"] = .string(updatedAt.text)
        return .object(JSONObject([(key: "id", value: .string(id))] + Array(object)))
    }
}
