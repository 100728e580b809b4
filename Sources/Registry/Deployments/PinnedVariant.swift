import Domain
import JSON

/// A variant as it was written, with what its references meant when the revision was made.
struct PinnedVariant: Sendable, Equatable {
    let content: VariantContent
    var model: PinnedReference
    var prompt: PinnedReference?
    var upstreams: [PinnedUpstream] = []

    var pins: JSONValue {
        var object: JSONObject = ["model": .string(model.text)]
        object.setIfPresent("prompt", prompt.map { .string($0.text) })
        return .object(object)
    }
}
