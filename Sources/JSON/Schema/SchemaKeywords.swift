/// Where schemas stand inside a schema. Everything else, such as `const` or an unknown keyword, is data and may hold
/// what looks like an identifier without being one.
enum SchemaKeywords {
    enum Children: Sendable { case one, list, map }

    static let children: [String: Children] = [
        "additionalProperties": .one, "propertyNames": .one, "unevaluatedProperties": .one, "items": .one,
        "contains": .one, "unevaluatedItems": .one, "not": .one, "if": .one, "then": .one, "else": .one,
        "contentSchema": .one, "allOf": .list, "anyOf": .list, "oneOf": .list, "prefixItems": .list, "$defs": .map,
        "definitions": .map, "properties": .map, "patternProperties": .map, "dependentSchemas": .map,
    ]

    static let types: Set<String> = ["null", "boolean", "object", "array", "number", "string", "integer"]
}
