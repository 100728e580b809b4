package import JSON

/// How an answer is held against what the dataset expects: a pure function, compiled once from a probe's configuration.
package enum Scorer: Sendable {
    case exact(TextMatch)
    case contains(TextMatch)
    /// The pattern decides alone; what is expected is not looked at.
    case regex(LinearPattern)
    case numeric(NumericMatch)
    /// The schema decides alone; what is expected is not looked at.
    case jsonSchema(JSONSchemaValidator)
    case jsonEqual
    case f1(TokenOverlap)

    /// - Parameter configuration: `{"kind":…}`, which `ScorerSchema` has let through.
    /// - Throws: `LinearPatternError` or `JSONSchemaError`; `UnknownScorer` for another kind.
    package init(_ configuration: JSONValue) throws {
        let ignoresCase = configuration["ignore_case"]?.boolValue ?? false
        switch configuration["kind"]?.stringValue {
        case "exact":
            self = .exact(TextMatch(trims: configuration["trim"]?.boolValue ?? true, ignoresCase: ignoresCase))
        case "contains": self = .contains(TextMatch(trims: false, ignoresCase: ignoresCase))
        case "regex": self = .regex(try LinearPattern(configuration["pattern"]?.stringValue ?? ""))
        case "numeric": self = .numeric(NumericMatch(tolerance: configuration["tolerance"]?.doubleValue ?? 0))
        case "json_schema": self = .jsonSchema(try JSONSchemaValidator(configuration["schema"] ?? true))
        case "json_equal": self = .jsonEqual
        case "f1":
            let threshold = configuration["threshold"]?.doubleValue ?? TokenOverlap.thresholdDefault
            self = .f1(TokenOverlap(threshold: threshold))
        default: throw UnknownScorer()
        }
    }

    struct UnknownScorer: Error {}

    /// - Parameter answer: the text of the model's answer; nil when it holds none (a tool call).
    package func score(_ answer: String?, expected: JSONValue) -> Score {
        guard let answer else { return .wrong("the answer holds no text") }
        switch self {
        case .exact(let match): return match.exact(answer, expected: expected)
        case .contains(let match): return match.contains(answer, expected: expected)
        case .numeric(let match): return match.score(answer, expected: expected)
        case .f1(let overlap): return overlap.score(answer, expected: expected)
        case .regex(let pattern):
            guard let found = pattern.matches(answer) else {
                return .unscored("matching the pattern took more work than is allowed")
            }
            return found ? .right : .wrong("the pattern does not match")
        case .jsonEqual:
            guard let value = try? JSONValue(parsing: answer) else { return .wrong("the answer is not JSON") }
            return value == expected ? .right : .wrong("the answer is other JSON than what is expected")
        case .jsonSchema(let validator):
            guard let value = try? JSONValue(parsing: answer) else { return .wrong("the answer is not JSON") }
            guard let first = validator.validate(value).first else { return .right }
            let place = first.instancePointer.isEmpty ? "the answer" : first.instancePointer
            return .wrong("\(place): \(first.message)")
        }
    }
}
