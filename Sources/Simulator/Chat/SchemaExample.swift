import JSON

/// The least value that a schema takes, as far as common schemas go: the required properties of objects, the shortest
/// arrays, the first of several choices.
struct SchemaExample {
    private let root: JSONValue
    /// Values still to be made, so that a schema that refers to itself many times over comes to an end.
    private var valuesLeft = 10_000

    private static let depthMax = 32

    init(_ schema: JSONValue) { root = schema }

    static func value(of schema: JSONValue) -> JSONValue {
        var example = SchemaExample(schema)
        return example.value(schema, depth: 0)
    }

    private mutating func value(_ schema: JSONValue, depth: Int) -> JSONValue {
        valuesLeft -= 1
        guard depth < Self.depthMax, valuesLeft > 0, schema.objectValue != nil else {
            return schema == true && depth == 0 ? [:] : .null
        }
        if let reference = schema["$ref"]?.stringValue {
            return resolve(reference).map { value($0, depth: depth + 1) } ?? .null
        }
        if let constant = schema["const"] { return constant }
        if let choices = schema["enum"]?.arrayValue, let first = choices.first { return first }
        for key in ["anyOf", "oneOf"] {
            if let choices = schema[key]?.arrayValue, let first = choices.first {
                return value(first, depth: depth + 1)
            }
        }
        if let parts = schema["allOf"]?.arrayValue, !parts.isEmpty { return merged(parts, of: schema, depth: depth) }
        return value(ofType: Self.type(of: schema), schema, depth: depth)
    }

    private mutating func value(ofType type: String, _ schema: JSONValue, depth: Int) -> JSONValue {
        switch type {
        case "object": return object(schema, depth: depth)
        case "array":
            let count = min(max(0, schema["minItems"]?.intValue ?? 0), 1_000)
            let item = schema["items"] ?? true
            return .array((0..<count).map { _ in value(item, depth: depth + 1) })
        case "string": return .string(Self.string(schema))
        case "integer", "number": return Self.number(schema)
        case "boolean": return true
        default: return .null
        }
    }

    private mutating func object(_ schema: JSONValue, depth: Int) -> JSONValue {
        var object = JSONObject()
        for name in (schema["required"]?.arrayValue ?? []).compactMap(\.stringValue) {
            object[name] = value(schema["properties"]?[name] ?? true, depth: depth + 1)
        }
        return .object(object)
    }

    private mutating func merged(_ parts: [JSONValue], of schema: JSONValue, depth: Int) -> JSONValue {
        var own = schema.objectValue ?? JSONObject()
        own["allOf"] = nil
        var sum = JSONObject()
        var last = JSONValue.null
        for part in (own.isEmpty ? parts : parts + [.object(own)]) {
            last = value(part, depth: depth + 1)
            for (key, value) in last.objectValue ?? JSONObject() { sum[key] = value }
        }
        return sum.isEmpty ? last : .object(sum)
    }

    /// Only what the schema itself holds is referred to: `#` and `#/…`.
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        guard reference.count > 1 else { return root }
        return (try? JSONPointer(parsing: String(reference.dropFirst()))).flatMap { root[$0] }
    }

    private static func type(of schema: JSONValue) -> String {
        if let type = schema["type"]?.stringValue { return type }
        if let types = schema["type"]?.arrayValue?.compactMap(\.stringValue) {
            return types.first { $0 != "null" } ?? "null"
        }
        if schema["properties"] != nil || schema["required"] != nil { return "object" }
        return schema["items"] != nil ? "array" : "string"
    }

    private static func string(_ schema: JSONValue) -> String {
        switch schema["format"]?.stringValue {
        case "date": return "2026-01-01"
        case "date-time": return "2026-01-01T00:00:00Z"
        case "time": return "00:00:00Z"
        case "email": return "somebody@example.com"
        case "uuid": return "00000000-0000-4000-8000-000000000000"
        case "uri": return "https://example.com/"
        default: break
        }
        let lengthMin = min(max(0, schema["minLength"]?.intValue ?? 0), 10_000)
        let lengthMax = max(lengthMin, schema["maxLength"]?.intValue ?? .max)
        let text = "simulated" + String(repeating: ".", count: max(0, lengthMin - 9))
        return String(text.prefix(lengthMax))
    }

    private static func number(_ schema: JSONValue) -> JSONValue {
        if let least = schema["minimum"] { return least }
        if let bound = schema["exclusiveMinimum"]?.doubleValue { return .number(bound.rounded(.down) + 1) }
        if let most = schema["maximum"]?.doubleValue, most < 0 { return .number(most.rounded(.down)) }
        if let bound = schema["exclusiveMaximum"]?.doubleValue, bound <= 0 { return .number(bound.rounded(.up) - 1) }
        return 0
    }
}
