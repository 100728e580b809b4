extension SchemaEvaluator {
    /// Applies one rule; false when the value breaks it.
    mutating func apply(
        _ rule: SchemaRule, of node: SchemaNode, to value: JSONValue, _ evaluated: inout SchemaEvaluated
    ) -> Bool {
        switch rule.test {
        case .never: return fail(node, rule.keyword, "nothing is allowed here")
        case .reference(let target): return inPlace(target, value, &evaluated)
        case .dynamicReference(let fallback, let anchor):
            let target = dynamicScope.lazy.compactMap { [schema] in schema.resources[$0].dynamicNodes[anchor] }.first
            return inPlace(target ?? fallback, value, &evaluated)
        case .all(let nodes):
            var valid = true
            for target in nodes where !inPlace(target, value, &evaluated) { valid = false }
            return valid
        case .any, .exactlyOne, .not, .condition:
            return applyChoice(rule, of: node, to: value, &evaluated)
        case .items, .contains, .unevaluatedItems:
            guard case .array(let values) = value else { return true }
            return applyArray(rule, of: node, to: values, &evaluated)
        case .required, .dependentRequired, .dependentSchemas, .properties, .propertyNames, .unevaluatedProperties:
            guard case .object(let object) = value else { return true }
            return applyObject(rule, of: node, to: object, &evaluated)
        default:
            guard let message = assertion(rule.test, value) else { return true }
            return fail(node, rule.keyword, message)
        }
    }

    /// A schema that speaks of the same value, so that what it has looked at counts here too.
    mutating func inPlace(_ target: Int, _ value: JSONValue, _ evaluated: inout SchemaEvaluated) -> Bool {
        guard let seen = evaluate(target, value) else { return false }
        if schema.tracksEvaluation { evaluated.merge(seen) }
        return true
    }

    private mutating func applyChoice(
        _ rule: SchemaRule, of node: SchemaNode, to value: JSONValue, _ evaluated: inout SchemaEvaluated
    ) -> Bool {
        switch rule.test {
        case .any(let nodes):
            var valid = false
            for target in nodes {
                guard let seen = evaluateQuietly(target, value) else { continue }
                valid = true
                evaluated.merge(seen)
                if !schema.tracksEvaluation { break }
            }
            return valid || fail(node, rule.keyword, "matches none of the alternatives")
        case .exactlyOne(let nodes):
            var count = 0
            for target in nodes {
                guard let seen = evaluateQuietly(target, value) else { continue }
                count += 1
                evaluated.merge(seen)
            }
            return count == 1 || fail(node, rule.keyword, "matches \(count) of the alternatives and not one")
        case .not(let target):
            return evaluateQuietly(target, value) == nil || fail(node, rule.keyword, "matches what it must not")
        case .condition(let target, let then, let otherwise):
            guard let seen = evaluateQuietly(target, value) else {
                return otherwise.map { inPlace($0, value, &evaluated) } ?? true
            }
            evaluated.merge(seen)
            return then.map { inPlace($0, value, &evaluated) } ?? true
        default: return true
        }
    }

    private mutating func applyArray(
        _ rule: SchemaRule, of node: SchemaNode, to values: [JSONValue], _ evaluated: inout SchemaEvaluated
    ) -> Bool {
        var valid = true
        switch rule.test {
        case .items(let prefix, let rest):
            for (index, value) in values.enumerated() {
                guard let target = index < prefix.count ? prefix[index] : rest else { break }
                if !evaluate(target, value, position: index) { valid = false }
            }
            evaluated.itemsPrefix = max(
                evaluated.itemsPrefix, rest == nil ? min(prefix.count, values.count) : values.count)
        case .contains(let target, let low, let high):
            var count = 0
            for (index, value) in values.enumerated() where evaluateQuietly(target, value) != nil {
                count += 1
                if schema.tracksEvaluation { evaluated.items.insert(index) }
            }
            if count < low || count > high ?? .max {
                return fail(node, rule.keyword, "holds \(count) matching elements")
            }
        case .unevaluatedItems(let target):
            for (index, value) in values.enumerated()
            where index >= evaluated.itemsPrefix && !evaluated.items.contains(index) {
                if !evaluate(target, value, position: index) { valid = false }
            }
            evaluated.itemsPrefix = values.count
        default: break
        }
        return valid
    }

    private mutating func applyObject(
        _ rule: SchemaRule, of node: SchemaNode, to object: JSONObject, _ evaluated: inout SchemaEvaluated
    ) -> Bool {
        var valid = true
        switch rule.test {
        case .required(let keys):
            for key in keys where !object.contains(key) {
                valid = fail(node, rule.keyword, "the property '\(key)' is missing")
            }
        case .dependentRequired(let dependencies):
            for (key, required) in dependencies where object.contains(key) {
                for other in required where !object.contains(other) {
                    valid = fail(node, rule.keyword, "'\(key)' is there, so '\(other)' must be too")
                }
            }
        case .dependentSchemas(let dependencies):
            for (key, target) in dependencies where object.contains(key) {
                if !inPlace(target, .object(object), &evaluated) { valid = false }
            }
        case .properties(let named, let patterns, let rest):
            valid = applyProperties(named, patterns, rest, to: object, &evaluated)
        case .propertyNames(let target):
            for (key, _) in object where !evaluate(target, .string(key), key: key) { valid = false }
        case .unevaluatedProperties(let target):
            guard !evaluated.allProperties else { return true }
            for (key, value) in object where !evaluated.properties.contains(TextKey(text: key)) {
                if !evaluate(target, value, key: key) { valid = false }
            }
            evaluated.allProperties = true
        default: break
        }
        return valid
    }

    private mutating func applyProperties(
        _ named: [(key: String, node: Int)], _ patterns: [(pattern: LinearPattern, node: Int)], _ rest: Int?,
        to object: JSONObject, _ evaluated: inout SchemaEvaluated
    ) -> Bool {
        var valid = true
        var answered: Set<TextKey> = []
        for (key, target) in named {
            guard let value = object[key] else { continue }
            answered.insert(TextKey(text: key))
            if !evaluate(target, value, key: key) { valid = false }
        }
        if rest != nil || !patterns.isEmpty {
            for (key, value) in object {
                for (pattern, target) in patterns where matches(pattern, key) {
                    answered.insert(TextKey(text: key))
                    if !evaluate(target, value, key: key) { valid = false }
                }
                if let rest, !answered.contains(TextKey(text: key)), !evaluate(rest, value, key: key) { valid = false }
            }
        }
        if rest != nil {
            evaluated.allProperties = true
        } else if schema.tracksEvaluation {
            evaluated.properties.formUnion(answered)
        }
        return valid
    }
}
