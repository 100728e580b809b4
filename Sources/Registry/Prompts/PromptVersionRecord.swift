import Domain
import JSON

/// A row of `prompt_versions`: immutable.
struct PromptVersionRecord: Sendable {
    let prompt: String
    let version: Int
    /// What was posted, but for `labels`, which move.
    let document: JSONObject
    let createdAt: Timestamp
    let createdBy: String

    /// - Parameter labels: those that point at this version.
    func json(labels: [String]) throws -> JSONValue {
        var object: JSONObject = ["prompt": .string(prompt), "version": JSONValue(version)]
        for (key, value) in document { object[key] = value }
        object["variables"] = .array(
            try CompiledPrompt(document: .object(document)).variables.map { .string($0) })
        object["labels"] = .array(labels.map { .string($0) })
        object["created_at"] = .string(createdAt.text)
        object["created_by"] = .string(createdBy)
        return .object(object)
    }
}
