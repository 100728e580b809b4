import JSON

/// What must hold for the rules of a deployment that have conditions.
enum ConditionRules {
    static func violations(in document: JSONValue, variants names: Set<String>) -> [Violation] {
        routing(document["rules"]?.arrayValue ?? [], names) + regions(document["regions"]?.arrayValue ?? [])
    }

    private static func routing(_ rules: [JSONValue], _ names: Set<String>) -> [Violation] {
        var violations = repeated(rules, "/rules")
        for (index, rule) in rules.enumerated() {
            let pointer = "/rules/\(index)"
            violations += condition(rule, pointer)
            guard let weights = rule["weights"]?.objectValue else { continue }
            violations += self.weights(weights, "\(pointer)/weights", names)
        }
        return violations
    }

    private static func regions(_ rules: [JSONValue]) -> [Violation] {
        repeated(rules, "/regions") + rules.enumerated().flatMap { condition($1, "/regions/\($0)") }
    }

    private static func repeated(_ rules: [JSONValue], _ pointer: String) -> [Violation] {
        var seen = Set<String>()
        return rules.enumerated().compactMap { index, rule in
            guard let name = rule["name"]?.stringValue, !seen.insert(name).inserted else { return nil }
            return Violation("\(pointer)/\(index)/name", "is the name of another rule")
        }
    }

    private static func condition(_ rule: JSONValue, _ pointer: String) -> [Violation] {
        guard let text = rule["when"]?.stringValue else { return [] }
        do throws(ConditionError) {
            _ = try Condition(parsing: text)
            return []
        } catch {
            return [Violation("\(pointer)/when", error.description)]
        }
    }

    private static func weights(_ weights: JSONObject, _ pointer: String, _ names: Set<String>) -> [Violation] {
        var violations = [Violation]()
        var sum = 0
        var isWhole = true
        for (name, percent) in weights {
            if !names.contains(name) {
                violations.append(Violation("\(pointer)/\(JSONPointer.escaped(name))", "must be the name of a variant"))
            }
            guard let percent = percent.doubleValue, (0...100).contains(percent) else {
                isWhole = false
                continue
            }
            guard let weight = Weight(percent: percent) else {
                violations.append(
                    Violation("\(pointer)/\(JSONPointer.escaped(name))", "must have at most two decimals"))
                isWhole = false
                continue
            }
            sum += weight.hundredths
        }
        if isWhole, sum != Weight.whole.hundredths {
            violations.append(Violation(pointer, "must sum to 100"))
        }
        return violations
    }
}
