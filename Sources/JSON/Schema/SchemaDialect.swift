/// The meta-schemas of draft 2020-12, so that a schema of schemas can be written: what they constrain, without their
/// titles.
enum SchemaDialect {
    /// All documents of the dialect when `uri` is one of them.
    static func documents(for uri: String) -> [(uri: String, document: JSONValue)]? {
        all.contains { $0.uri == uri } ? all : nil
    }

    private static let base = "https://json-schema.org/draft/2020-12/"

    private static let all: [(uri: String, document: JSONValue)] = [
        ("schema", schema), ("meta/core", core), ("meta/applicator", applicator), ("meta/unevaluated", unevaluated),
        ("meta/validation", validation), ("meta/meta-data", metaData), ("meta/format-annotation", format),
        ("meta/content", content),
    ].map { name, document in (base + name, document) }

    private static func meta(_ name: String, _ properties: JSONValue, _ definitions: JSONValue = [:]) -> JSONValue {
        [
            "$id": .string(base + name), "$dynamicAnchor": "meta", "type": ["object", "boolean"],
            "properties": properties, "$defs": definitions,
        ]
    }

    private static let node: JSONValue = ["$dynamicRef": "#meta"]
    private static let nodes: JSONValue = ["type": "array", "minItems": 1, "items": ["$dynamicRef": "#meta"]]
    private static let nodeMap: JSONValue = ["type": "object", "additionalProperties": ["$dynamicRef": "#meta"]]
    private static let string: JSONValue = ["type": "string"]
    private static let boolean: JSONValue = ["type": "boolean"]
    private static let number: JSONValue = ["type": "number"]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let names: JSONValue = ["type": "array", "items": ["type": "string"], "uniqueItems": true]

    private static let schema: JSONValue = [
        "$id": "https://json-schema.org/draft/2020-12/schema", "$dynamicAnchor": "meta", "type": ["object", "boolean"],
        "allOf": [
            ["$ref": "meta/core"], ["$ref": "meta/applicator"], ["$ref": "meta/unevaluated"],
            ["$ref": "meta/validation"], ["$ref": "meta/meta-data"], ["$ref": "meta/format-annotation"],
            ["$ref": "meta/content"],
        ],
        "properties": [
            "definitions": nodeMap,
            "dependencies": ["type": "object", "additionalProperties": ["anyOf": [node, names]]],
            "$recursiveAnchor": ["type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"],
            "$recursiveRef": string,
        ],
    ]

    private static let core = meta(
        "meta/core",
        [
            "$id": ["type": "string", "pattern": "^[^#]*#?$"], "$schema": string, "$ref": string,
            "$anchor": anchor, "$dynamicRef": string, "$dynamicAnchor": anchor,
            "$vocabulary": ["type": "object", "additionalProperties": boolean], "$comment": string, "$defs": nodeMap,
        ])

    private static let anchor: JSONValue = ["type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"]

    private static let applicator = meta(
        "meta/applicator",
        [
            "prefixItems": nodes, "items": node, "contains": node, "additionalProperties": node,
            "properties": nodeMap, "patternProperties": nodeMap, "dependentSchemas": nodeMap, "propertyNames": node,
            "if": node, "then": node, "else": node, "allOf": nodes, "anyOf": nodes, "oneOf": nodes, "not": node,
        ])

    private static let unevaluated = meta(
        "meta/unevaluated", ["unevaluatedItems": node, "unevaluatedProperties": node])

    private static let validation = meta(
        "meta/validation",
        [
            "type": [
                "anyOf": [
                    ["$ref": "#/$defs/simpleTypes"],
                    [
                        "type": "array", "items": ["$ref": "#/$defs/simpleTypes"], "minItems": 1, "uniqueItems": true,
                    ],
                ]
            ],
            "const": true, "enum": ["type": "array"], "multipleOf": ["type": "number", "exclusiveMinimum": 0],
            "maximum": number, "exclusiveMaximum": number, "minimum": number, "exclusiveMinimum": number,
            "maxLength": count, "minLength": count, "pattern": string, "maxItems": count, "minItems": count,
            "uniqueItems": boolean, "maxContains": count, "minContains": count, "maxProperties": count,
            "minProperties": count, "required": names,
            "dependentRequired": ["type": "object", "additionalProperties": names],
        ],
        [
            "simpleTypes": ["enum": ["array", "boolean", "integer", "null", "number", "object", "string"]]
        ])

    private static let metaData = meta(
        "meta/meta-data",
        [
            "title": string, "description": string, "default": true, "deprecated": boolean, "readOnly": boolean,
            "writeOnly": boolean, "examples": ["type": "array"],
        ])

    private static let format = meta("meta/format-annotation", ["format": string])

    private static let content = meta(
        "meta/content", ["contentEncoding": string, "contentMediaType": string, "contentSchema": node])
}
