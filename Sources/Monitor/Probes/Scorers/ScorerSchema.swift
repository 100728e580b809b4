import Domain
import JSON
import REST

/// The configurations of scorers, as they are written.
enum ScorerSchema {
    static let patternBytesMax = 4_096

    static let schema = Schema.tagged(
        by: "kind",
        [
            (
                "exact",
                kind("exact", [.optional("trim", .boolean, "true by default"), .optional("ignore_case", .boolean)])
            ),
            ("contains", kind("contains", [.optional("ignore_case", .boolean)])),
            (
                "regex",
                .checked(
                    kind("regex", [.required("pattern", .string(max: patternBytesMax), "ECMA-262, linear time")]),
                    patternViolations)
            ),
            (
                "numeric",
                kind("numeric", [.optional("tolerance", .number(0...Double.greatestFiniteMagnitude), "absolute")])
            ),
            (
                "json_schema",
                .checked(
                    kind("json_schema", [.required("schema", .any(description: "JSON Schema 2020-12"))]),
                    schemaViolations)
            ),
            ("json_equal", kind("json_equal", [])),
            (
                "f1",
                kind("f1", [.optional("threshold", .number(0...1), "\(TokenOverlap.thresholdDefault) by default")])
            ),
        ])

    private static func kind(_ name: String, _ settings: [Property]) -> Schema {
        .object([.required("kind", .enumeration([name]))] + settings)
    }

    private static func patternViolations(_ configuration: JSONValue) -> [Violation] {
        guard let pattern = configuration["pattern"]?.stringValue, pattern.utf8.count <= patternBytesMax else {
            return []
        }
        do throws(LinearPatternError) {
            _ = try LinearPattern(pattern)
            return []
        } catch {
            return [Violation("/pattern", "is not a pattern: \(error)")]
        }
    }

    private static func schemaViolations(_ configuration: JSONValue) -> [Violation] {
        guard let schema = configuration["schema"] else { return [] }
        do throws(JSONSchemaError) {
            _ = try JSONSchemaValidator(schema)
            return []
        } catch {
            return [Violation("/schema\(error.pointer)", error.reason)]
        }
    }
}
