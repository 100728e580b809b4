import Domain
import JSON

/// An alias or label: the version it points at, and who moved it last.
struct Pointer: Sendable {
    let kind: PointerKind
    /// The model's or prompt's name.
    let thing: String
    let name: String
    let version: Int
    let updatedAt: Timestamp
    let updatedBy: String

    /// `support-model@champion`, as deployments write it.
    var reference: String {
        "\(thing)@\(name)"
    }

    var json: JSONValue {
        [
            kind.thing: .string(thing), kind.rawValue: .string(name), "version": JSONValue(version),
            "updated_at": .string(updatedAt.text), "updated_by": .string(updatedBy),
        ]
    }
}
