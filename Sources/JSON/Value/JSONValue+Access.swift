package extension JSONValue {
    /// The member `key` of an object; nil when there is none or this is no object.
    subscript(_ key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element `index` of an array; nil when there is none or this is no array.
    subscript(_ index: Int) -> JSONValue? {
        if case .array(let values) = self, values.indices.contains(index) { values[index] } else { nil }
    }

    /// Whether this is `null`; a member that is missing is nil and not `null`.
    var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// nil when this is no string.
    var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// nil when this is no boolean.
    var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// An integer, or a number without a fraction that `Int` holds exactly.
    var intValue: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// Any number; an integer beyond 2^53 is rounded.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// nil when this is no array.
    var arrayValue: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// nil when this is no object.
    var objectValue: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}
