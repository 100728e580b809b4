import JSON
import Testing

/// The official JSON Schema test suite, draft 2020-12, without remote references and vocabularies.
@Suite(.enabled(if: Corpora.mayRun, "SIGNALBOX_CORPORA is absent"))
struct JSONSchemaSuiteTests {
    /// Five groups of dynamicRef.json refer to documents that the suite keeps apart.
    private static let documents: [String: JSONValue] = [
        "http://localhost:1234/draft2020-12/tree.json": [
            "$dynamicAnchor": "node", "type": "object",
            "properties": ["data": true, "children": ["type": "array", "items": ["$dynamicRef": "#node"]]],
        ],
        "http://localhost:1234/draft2020-12/extendible-dynamic-ref.json": [
            "type": "object", "required": ["elements"], "additionalProperties": false,
            "properties": ["elements": ["type": "array", "items": ["$dynamicRef": "#elements"]]],
            "$defs": ["elements": ["$dynamicAnchor": "elements"]],
        ],
        "http://localhost:1234/draft2020-12/detached-dynamicref.json": [
            "$defs": [
                "foo": ["$dynamicRef": "#detached"], "detached": ["$dynamicAnchor": "detached", "type": "integer"],
            ]
        ],
    ]

    @Test func everyCaseOfTheSuiteIsJudgedAsItSays() throws {
        var count = 0
        for (name, bytes) in try Corpora.files(in: "json-schema/draft2020-12", suffix: ".json") {
            for group in try JSONValue(parsing: bytes).arrayValue ?? [] {
                let title = "\(name): \(group["description"]?.stringValue ?? "")"
                let tests = group["tests"]?.arrayValue ?? []
                count += tests.count
                let validator: JSONSchemaValidator
                do {
                    validator = try JSONSchemaValidator(group["schema"] ?? .null, documents: Self.documents)
                } catch {
                    Issue.record("\(title): \(error)")
                    continue
                }
                for test in tests {
                    let data = try #require(test["data"])
                    let violations = validator.validate(data)
                    #expect(violations.isEmpty == test["valid"]?.boolValue, "\(title): \(test.text) \(violations)")
                    #expect(validator.isValid(data) == violations.isEmpty, "\(title)")
                }
            }
        }
        #expect(count == 1112)
    }
}
