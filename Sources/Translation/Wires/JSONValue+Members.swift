import JSON

/// Members of a request or an answer that must be of a kind. The field is named as it stands in its object; whoever
/// reads the object around it puts its own place before it (`TranslationError.inside`).
extension JSONValue {
    func text(_ field: String) throws(TranslationError) -> String {
        guard let value = stringValue else { throw .malformed(field, "must be a string") }
        return value
    }

    func integer(_ field: String) throws(TranslationError) -> Int {
        guard let value = intValue else { throw .malformed(field, "must be a whole number") }
        return value
    }

    func double(_ field: String) throws(TranslationError) -> Double {
        guard let value = doubleValue else { throw .malformed(field, "must be a number") }
        return value
    }

    func flag(_ field: String) throws(TranslationError) -> Bool {
        guard let value = boolValue else { throw .malformed(field, "must be true or false") }
        return value
    }

    func list(_ field: String) throws(TranslationError) -> [JSONValue] {
        guard let value = arrayValue else { throw .malformed(field, "must be a list") }
        return value
    }

    func members(_ field: String) throws(TranslationError) -> JSONObject {
        guard let value = objectValue else { throw .malformed(field, "must be an object") }
        return value
    }

    /// A count of tokens: nil for what is none.
    var count: Int64? { intValue.flatMap { $0 >= 0 && $0 < 1 << 48 ? Int64($0) : nil } }
}

extension JSONObject {
    /// A member that must be there and be text.
    func text(_ field: String) throws(TranslationError) -> String {
        guard let value = self[field] else { throw .malformed(field, "is missing") }
        return try value.text(field)
    }

    /// A member that is there and not null.
    func given(_ field: String) -> JSONValue? {
        guard let value = self[field], !value.isNull else { return nil }
        return value
    }

    /// - Throws: for the first member that is there, says something, and is not among `known`.
    func refuseOthers(than known: Set<String>, by wire: String) throws(TranslationError) {
        for (key, value) in self where !known.contains(key) && !value.saysNothing {
            throw .untranslatable(key, "\(key) has no counterpart in \(wire)")
        }
    }
}

extension JSONValue {
    /// What SDKs send for members that were not set.
    fileprivate var saysNothing: Bool {
        switch self {
        case .null: true
        case .array(let values): values.isEmpty
        default: false
        }
    }
}

extension TranslationError {
    /// The path of an element of a list.
    static func element(_ list: String, _ index: Int) -> String { "\(list)[\(index)]" }
}
