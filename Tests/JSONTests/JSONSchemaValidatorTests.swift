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
