package import Domain
import JSON

/// Why lines of a batch that name one model get no answers just now.
package struct LaneHold: Sendable, Equatable {
    /// nil where the batch names so many that all go one way.
    package let model: String?
    let trouble: LaneTrouble
    /// Since when nothing got through.
    package let since: Timestamp
    /// When it is tried again.
    package let nextAt: Timestamp

    /// `limit`, `provider_limit`, `provider`, `failure` or `store`.
    package var reason: String { trouble.kind.rawValue }
    /// As the line was answered that was tried last.
    package var code: String { trouble.code }

    var json: JSONValue {
        [
            "model": model.map(JSONValue.string) ?? .null, "reason": .string(reason), "code": .string(code),
            "message": .string(trouble.message), "since": .integer(since.milliseconds / 1_000),
            "next_try_at": .integer(nextAt.milliseconds / 1_000),
        ]
    }
}
