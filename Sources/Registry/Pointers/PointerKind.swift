/// What points at a version: aliases of models, labels of prompts.
enum PointerKind: String, Sendable {
    case alias, label

    /// The word for the thing whose version it points at.
    var thing: String {
        switch self {
        case .alias: "model"
        case .label: "prompt"
        }
    }

    var plural: String {
        switch self {
        case .alias: "aliases"
        case .label: "labels"
        }
    }
}
