import JSON

/// The labels of one group; nil where the grouping does not tell it.
struct GroupKey: Hashable, Comparable {
    let variant: String?
    let revision: Int?

    static func < (left: GroupKey, right: GroupKey) -> Bool {
        (left.variant ?? "", left.revision ?? 0) < (right.variant ?? "", right.revision ?? 0)
    }

    /// The start of a group's object in an answer.
    var labels: JSONObject {
        var object = JSONObject()
        if let variant { object["variant"] = .string(variant) }
        if let revision { object["revision"] = .integer(Int64(revision)) }
        return object
    }
}
