import Domain
import JSON
import SQL

/// What models, prompts and datasets have in common: a name with a description and tags.
struct RegisteredThing: Sendable {
    let id: String
    let name: String
    var description: String?
    var tags: JSONObject
    let createdAt: Timestamp
    let createdBy: String
    var updatedAt: Timestamp

    /// What a caller may write.
    var writable: JSONObject {
        var object: JSONObject = ["name": .string(name)]
        object.setIfPresent("description", description.map(JSONValue.string))
        object["tags"] = .object(tags)
        return object
    }

    var json: JSONObject {
        [
            "id": .string(id), "name": .string(name), "description": JSONValue(description), "tags": .object(tags),
            "created_at": .string(createdAt.text), "created_by": .string(createdBy),
            "updated_at": .string(updatedAt.text),
        ]
    }
}
