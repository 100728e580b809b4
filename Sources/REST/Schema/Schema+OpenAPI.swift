package import JSON

package extension Schema {
    /// As JSON Schema 2020-12, which OpenAPI 3.1 takes as it is.
    var openAPI: JSONValue {
        switch self {
        case .string(let min, let max, let description):
            var object: JSONObject = ["type": "string", "maxLength": .integer(Int64(max))]
            if min > 0 { object["minLength"] = .integer(Int64(min)) }
            if let description { object["description"] = .string(description) }
            return .object(object)
        case .text(let format, let rule, _):
            return ["type": "string", "description": .string("\(format): \(rule)")]
        case .enumeration(let values):
            return ["type": "string", "enum": .array(values.map { .string($0) })]
        case .integer(let range):
            var object: JSONObject = ["type": "integer", "minimum": .integer(Int64(range.lowerBound))]
            if range.upperBound < Int.max { object["maximum"] = .integer(Int64(range.upperBound)) }
            return .object(object)
        case .number(let range):
            var object: JSONObject = ["type": "number", "minimum": .number(range.lowerBound)]
            if range.upperBound < .greatestFiniteMagnitude { object["maximum"] = .number(range.upperBound) }
            return .object(object)
        case .boolean:
            return ["type": "boolean"]
        case .foreign(let schema):
            return schema
        case .any(let description):
            return ["description": .string(description)]
        case .map(let element, _, let max):
            return [
                "type": "object", "additionalProperties": element.openAPI, "maxProperties": .integer(Int64(max)),
            ]
        case .array(let element, let min, let max):
            return [
                "type": "array", "items": element.openAPI, "minItems": .integer(Int64(min)),
                "maxItems": .integer(Int64(max)),
            ]
        case .object(let properties):
            return Self.openAPI(properties)
        case .nullable(let schema):
            return ["anyOf": [schema.openAPI, ["type": "null"]]]
        case .tagged(_, let cases):
            return ["oneOf": .array(cases.map(\.schema.openAPI))]
        case .checked(let schema, _):
            return schema.openAPI
        case .oneOf(let schemas, let description):
            return ["anyOf": .array(schemas.map(\.openAPI)), "description": .string(description)]
        }
    }

    private static func openAPI(_ properties: [Property]) -> JSONValue {
        var members = JSONObject()
        for property in properties {
            var schema = property.schema.openAPI
            if let description = property.description, var object = schema.objectValue {
                object["description"] = .string(description)
                schema = .object(object)
            }
            members[property.name] = schema
        }
        var object: JSONObject = [
            "type": "object", "properties": .object(members), "additionalProperties": false,
        ]
        let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { object["required"] = .array(required) }
        return .object(object)
    }
}
