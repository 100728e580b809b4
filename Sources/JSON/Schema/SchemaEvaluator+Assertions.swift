extension SchemaEvaluator {
    /// What is wrong with the value by itself; nil when nothing is, or the rule does not speak of such values.
    mutating func assertion(_ test: SchemaTest, _ value: JSONValue) -> String? {
        switch test {
        case .type(let types):
            return types.contains { Self.isOfType($0, value) } ? nil : "expected " + types.joined(separator: " or ")
        case .oneOfValues(let allowed):
            guard charge(value.weight), !allowed.contains(value) else { return nil }
            return allowed.count == 1 ? "is not the value asked for" : "is none of the values allowed"
        case .bound(let limit, let bound): return Self.boundFault(value, limit, bound)
        case .multiple(let unit):
            guard let number = ExactDecimal(value), let step = ExactDecimal(unit), !number.isMultiple(of: step) else {
                return nil
            }
            return "is not a multiple of \(unit.text)"
        case .size(let size, let kind):
            if case .string = value, kind == .string { guard charge(value.weight) else { return nil } }
            return Self.sizeFault(value, size, kind)
        case .pattern(let pattern):
            guard case .string(let text) = value, !matches(pattern, text) else { return nil }
            return "does not match the pattern \(pattern.source)"
        case .unique:
            guard case .array(let values) = value, charge(value.weight), Set(values).count != values.count else {
                return nil
            }
            return "holds equal elements"
        default: return nil
        }
    }

    private static func isOfType(_ type: String, _ value: JSONValue) -> Bool {
        switch value {
        case .null: type == "null"
        case .bool: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .number(let number): type == "number" || type == "integer" && number == number.rounded()
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }

    private static func boundFault(_ value: JSONValue, _ limit: JSONValue, _ bound: SchemaTest.Bound) -> String? {
        guard value.kind == .number else { return nil }
        let order = compare(value, limit)
        switch bound {
        case .atMost: return order <= 0 ? nil : "is above \(limit.text)"
        case .below: return order < 0 ? nil : "is not below \(limit.text)"
        case .atLeast: return order >= 0 ? nil : "is below \(limit.text)"
        case .above: return order > 0 ? nil : "is not above \(limit.text)"
        }
    }

    /// Exactly, also where an integer has no double of its own.
    private static func compare(_ left: JSONValue, _ right: JSONValue) -> Int {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.integer(let left), .number(let right)): compare(left, right)
        case (.number(let left), .integer(let right)): -compare(right, left)
        case (.number(let left), .number(let right)): left < right ? -1 : left > right ? 1 : 0
        default: 0
        }
    }

    private static func compare(_ left: Int64, _ right: Double) -> Int {
        // 2^63, the first double that no Int64 reaches.
        guard right < 9_223_372_036_854_775_808 else { return -1 }
        guard right >= -9_223_372_036_854_775_808 else { return 1 }
        let floor = Int64(right.rounded(.down))
        return left > floor ? 1 : left < floor || right != right.rounded(.down) ? -1 : 0
    }

    private static func sizeFault(_ value: JSONValue, _ size: SchemaTest.Size, _ kind: SchemaTest.SizeOf) -> String? {
        let count: Int
        let unit: String
        switch (kind, value) {
        // Characters are code points (section 6.3.1), not what a reader would call a letter.
        case (.string, .string(let text)): (count, unit) = (text.unicodeScalars.count, "characters")
        case (.array, .array(let values)): (count, unit) = (values.count, "elements")
        case (.object, .object(let object)): (count, unit) = (object.count, "properties")
        default: return nil
        }
        switch size {
        case .atMost(let limit): return count <= limit ? nil : "has \(count) \(unit), more than \(limit)"
        case .atLeast(let limit): return count >= limit ? nil : "has \(count) \(unit), fewer than \(limit)"
        }
    }
}

extension JSONValue {
    /// About what reading all of the value costs, in units of one small value.
    var weight: Int {
        switch self {
        case .string(let text): 1 + text.utf8.count / 64
        case .array(let values): values.reduce(1) { $0 + $1.weight }
        case .object(let object): object.reduce(1) { $0 + 1 + $1.value.weight }
        default: 1
        }
    }
}
