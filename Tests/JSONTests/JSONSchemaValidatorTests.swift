import JSON
import Testing

struct JSONSchemaValidatorTests {
    private func validator(_ text: String) throws -> JSONSchemaValidator {
        try JSONSchemaValidator(try JSONValue(parsing: text))
    }

    @Test func violationsNameTheValueAndTheKeyword() throws {
        let validator = try validator(
            #"{"type":"object","properties":{"a/b":{"items":{"type":"integer"}}},"required":["c"]}"#)
        let violations = validator.validate(["a/b": [1, "x", 2.5]])
        #expect(
            violations.map(\.instancePointer).sorted() == ["", "/a~1b/1", "/a~1b/2"]
                && violations.contains { $0.keywordPointer == "/properties/a~1b/items/type" }
                && violations.contains { $0.keywordPointer == "/required" && $0.message.contains("'c'") })
        #expect(validator.validate(["a/b": [1.0], "c": nil]).isEmpty)
    }

    @Test func referencesWithoutEndAreAViolationAndNeverACrash() throws {
        #expect(try !validator(##"{"$ref":"#"}"##).validate(1).isEmpty)
        #expect(try !validator(##"{"not":{"$ref":"#"}}"##).validate(1).isEmpty)
        let exploding = try validator(
            ##"{"$defs":{"a":{"anyOf":[{"allOf":[{"$ref":"#/$defs/a"},false]},"##
                + ##"{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}"##
        )
        #expect(!exploding.validate(1).isEmpty)
    }

    @Test func deepValuesAgainstARecursiveSchemaAreJudgedOrRefused() throws {
        let tree = try validator(##"{"type":"array","items":{"$ref":"#"}}"##)
        func nested(_ depth: Int) throws -> JSONValue {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return try JSONValue(parsing: Array(text.utf8), depthMax: 512)
        }
        #expect(tree.validate(try nested(100)).isEmpty)
        #expect(tree.validate(try nested(512)).first?.message.contains("too deeply") == true)
    }

    /// Each would take from seconds to minutes if what a keyword reads were not counted.
    @Test func workThatASchemaMultipliesIsBounded() throws {
        func repeated(_ schema: JSONValue, _ count: Int) throws -> JSONSchemaValidator {
            try JSONSchemaValidator(["allOf": .array([JSONValue](repeating: schema, count: count))])
        }
        let text = JSONValue.string(String(repeating: "x", count: 1_000_000))
        let numbers = JSONValue.array((0..<20_000).map { .integer($0) })
        for (validator, value) in [
            (try repeated(["maxLength": 2_000_000], 20_000), text),
            (try repeated(["uniqueItems": true], 2000), numbers),
            (try repeated(["enum": [["no"]]], 2000), numbers), (try repeated(["pattern": "(x+y|xz)$"], 2000), text),
        ] {
            #expect(validator.validate(value, workMax: 300_000).first?.message.contains("too much work") == true)
            #expect(!validator.isValid(value, workMax: 300_000))
        }
    }

    @Test func longChainOfReferencesIsFollowedAndNotRecursedInto() throws {
        var definitions = JSONObject()
        for index in 0..<3000 {
            definitions["d\(index)"] = ["properties": ["a": ["$ref": .string("#/$defs/d\(index + 1)")]]]
        }
        definitions["d3000"] = ["type": "string"]
        let validator = try JSONSchemaValidator(["$ref": "#/$defs/d2998", "$defs": .object(definitions)])
        #expect(validator.isValid(["a": ["a": "x"]]))
        #expect(validator.validate(["a": ["a": 1]]).map(\.keywordPointer) == ["/$defs/d3000/type"])
        #expect(throws: Never.self) {
            try JSONSchemaValidator(["$ref": "#/$defs/d0", "$defs": .object(definitions)])
        }
    }

    @Test func keysThatOnlyLookAlikeAreNotCovered() throws {
        let value: JSONValue = ["\u{E9}": 1, "e\u{301}": 2]
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            let schema: JSONValue = ["properties": ["\u{E9}": true], keyword: false]
            #expect(try JSONSchemaValidator(schema).validate(value).map(\.instancePointer) == ["/e\u{301}"])
        }
    }

    @Test(arguments: [
        ("9007199254740993", "9007199254740992.0", false), ("9007199254740992", "9007199254740992.0", true),
        ("9223372036854775807", "9223372036854775808", true), ("-9223372036854775808", "-1e19", false),
        ("3", "3.5", true), ("4", "3.5", false), ("-3", "-3.5", false), ("-4", "-3.5", true),
    ])
    func boundsAreComparedExactly(value: String, maximum: String, valid: Bool) throws {
        #expect(try validator("{\"maximum\":\(maximum)}").isValid(try JSONValue(parsing: value)) == valid)
        // The other way round by the mirrored bound, unless they are equal.
        if try JSONValue(parsing: value) != JSONValue(parsing: maximum) {
            #expect(try validator("{\"minimum\":\(maximum)}").isValid(try JSONValue(parsing: value)) != valid)
        }
    }

    @Test(arguments: [
        (#"{"type":"strnig"}"#, "/type"), (#"{"properties":{"a":{"minLength":-1}}}"#, "/properties/a/minLength"),
        (#"{"pattern":"("}"#, "/pattern"), (##"{"$ref":"#/nowhere"}"##, "/$ref"), (#"{"items":3}"#, "/items"),
        (#"{"$ref":"https://example.com/x"}"#, "/$ref"), (#"{"allOf":{}}"#, "/allOf"),
        (#"{"multipleOf":0}"#, "/multipleOf"),
    ])
    func unusableSchemaNamesItsPlace(schema: String, pointer: String) throws {
        #expect(throws: JSONSchemaError.self) { try validator(schema) }
        do { _ = try validator(schema) } catch let error as JSONSchemaError { #expect(error.pointer == pointer) }
    }

    @Test func metaSchemaJudgesSchemas() throws {
        let meta = try validator(#"{"$ref":"https://json-schema.org/draft/2020-12/schema"}"#)
        #expect(meta.validate(["type": "object", "properties": ["a": ["minimum": 1]]]).isEmpty)
        #expect(!meta.validate(["properties": ["a": ["minimum": "one"]]]).isEmpty)
    }

    @Test(arguments: [
        ("0.3", "0.1", true), ("0.35", "0.1", false), ("1e300", "7", false), ("4.02", "0.01", true),
        ("9007199254740993", "3", true), ("1e-20", "1", false), ("0", "0.7", true),
    ])
    func multiplesAreThoseOfDecimals(value: String, unit: String, expected: Bool) throws {
        let valid = try validator(#"{"multipleOf":\#(unit)}"#).isValid(try JSONValue(parsing: value))
        #expect(valid == expected)
    }
}
