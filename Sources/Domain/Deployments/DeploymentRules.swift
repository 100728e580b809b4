package import JSON

/// What must hold for a deployment beyond the shape of its document. Whether the references lead anywhere is for the
/// registry to find out.
package enum DeploymentRules {
    package static let variantsMax = 32

    /// Parts of the wrong shape are left to the schema.
    package static func violations(in document: JSONValue) -> [Violation] {
        var violations = cacheViolations(document)
        guard let variants = document["variants"]?.arrayValue else { return violations }
        var names = Set<String>()
        for (index, variant) in variants.enumerated() {
            let pointer = "/variants/\(index)"
            if let name = variant["name"]?.stringValue, !names.insert(name).inserted {
                violations.append(Violation("\(pointer)/name", "is the name of another variant"))
            }
            if let text = variant["model"]?.stringValue, Reference(parsing: text) == nil {
                violations.append(Violation("\(pointer)/model", "must be <model>@<version> or <model>@<alias>"))
            }
            if let text = variant["prompt"]?.stringValue, Reference(parsing: text, allowingFolders: true) == nil {
                violations.append(Violation("\(pointer)/prompt", "must be <prompt>@<version> or <prompt>@<label>"))
            }
            if let percent = variant["weight"]?.doubleValue, (0...100).contains(percent),
                Weight(percent: percent) == nil
            {
                violations.append(Violation("\(pointer)/weight", "must have at most two decimals"))
            }
            violations += UpstreamRules.violations(in: variant, at: pointer)
        }
        violations += resilienceViolations(Resilience(document))
        violations += sumViolation(of: variants)
        violations += RateLimits.violations(in: document)
        violations += fallbackViolations(document["fallbacks"]?.arrayValue ?? [], among: names)
        violations += ConditionRules.violations(in: document, variants: names)
        violations += mirrorViolations(document["mirror"], among: names)
        violations += HedgePolicy.violations(in: document)
        return violations
    }

    private static func cacheViolations(_ document: JSONValue) -> [Violation] {
        var violations = [Violation]()
        // Where each request is a unit of its own, no two are the same unit's.
        if document["cache"]?["scope"]?.stringValue == CachePolicy.Scope.unit.rawValue,
            document["unit"]?.stringValue == AssignmentUnit.request.rawValue
        {
            violations.append(
                Violation(
                    "/cache/scope", "must be deployment where the unit is the request: no two requests share it"))
        }
        let semantic = document["cache"]?["semantic"]
        if let name = semantic?["embeddings"]?.stringValue, name == document["name"]?.stringValue {
            violations.append(Violation("/cache/semantic/embeddings", "must be another deployment"))
        }
        if let threshold = semantic?["threshold"]?.doubleValue, threshold == 0 {
            violations.append(Violation("/cache/semantic/threshold", "must be above 0: else everything is alike"))
        }
        return violations
    }

    /// Only when every weight is right by itself: else the sum says nothing that those have not said.
    private static func sumViolation(of variants: [JSONValue]) -> [Violation] {
        let weights = variants.compactMap { $0["weight"]?.doubleValue.flatMap { Weight(percent: $0) } }
        guard !variants.isEmpty, weights.count == variants.count else { return [] }
        let sum = weights.reduce(0) { $0 + $1.hundredths }
        guard sum != Weight.whole.hundredths else { return [] }
        let written = sum % 100 == 0 ? String(sum / 100) : String(Double(sum) / 100)
        return [Violation("/variants", "must have weights that sum to 100, not \(written)")]
    }

    private static func resilienceViolations(_ resilience: Resilience) -> [Violation] {
        var violations = [Violation]()
        if let one = resilience.timeouts?.tryMilliseconds, let all = resilience.timeouts?.totalMilliseconds, one > all {
            violations.append(Violation("/timeouts/try_ms", "must not be above total_ms, which holds for all tries"))
        }
        if let first = resilience.retries?.backoffMilliseconds, let most = resilience.retries?.backoffMaxMilliseconds,
            first > most
        {
            violations.append(Violation("/retries/backoff_ms", "must not be above backoff_max_ms"))
        }
        return violations
    }

    private static func mirrorViolations(_ mirror: JSONValue?, among names: Set<String>) -> [Violation] {
        var violations = [Violation]()
        if let name = mirror?["variant"]?.stringValue, !names.contains(name) {
            violations.append(Violation("/mirror/variant", "must be the name of a variant"))
        }
        if let percent = mirror?["share"]?.doubleValue, (0...100).contains(percent), Weight(percent: percent) == nil {
            violations.append(Violation("/mirror/share", "must have at most two decimals"))
        }
        return violations
    }

    private static func fallbackViolations(_ fallbacks: [JSONValue], among names: Set<String>) -> [Violation] {
        var seen = Set<String>()
        var violations = [Violation]()
        for (index, fallback) in fallbacks.enumerated() {
            guard let name = fallback.stringValue else { continue }
            if !names.contains(name) {
                violations.append(Violation("/fallbacks/\(index)", "must be the name of a variant"))
            } else if !seen.insert(name).inserted {
                violations.append(Violation("/fallbacks/\(index)", "is given twice"))
            }
        }
        return violations
    }
}
