import JSON

/// A condition as a tree.
indirect enum ConditionNode: Sendable {
    enum Comparison: Sendable {
        case equal, unequal, less, lessOrEqual, greater, greaterOrEqual
    }

    enum TextTest: Sendable {
        case startsWith(String), endsWith(String), contains(String), matches(LinearPattern)
    }

    case literal(ConditionValue)
    case fact(ConditionFact)
    case not(ConditionNode)
    case and(ConditionNode, ConditionNode)
    case or(ConditionNode, ConditionNode)
    case comparison(Comparison, ConditionNode, ConditionNode)
    case membership(ConditionNode, Set<ConditionValue>)
    case text(ConditionNode, TextTest)
    case presence(ConditionFact)

    var type: ConditionType {
        switch self {
        case .literal(.number): .number
        case .literal(.string): .string
        case .literal(.absent): .any
        case .fact(let fact): fact.type
        case .literal(.bool), .not, .and, .or, .comparison, .membership, .text, .presence: .bool
        }
    }

    func value(_ facts: some ConditionFacts) -> ConditionValue {
        switch self {
        case .literal(let value): value
        case .fact(let fact): facts.value(of: fact)
        default: .bool(holds(facts))
        }
    }

    /// What is absent equals nothing, is neither less nor greater, and is in no list.
    func holds(_ facts: some ConditionFacts) -> Bool {
        switch self {
        case .literal, .fact: value(facts) == .bool(true)
        case .not(let node): !node.holds(facts)
        case .and(let left, let right): left.holds(facts) && right.holds(facts)
        case .or(let left, let right): left.holds(facts) || right.holds(facts)
        case .comparison(let kind, let left, let right):
            Self.compare(kind, left.value(facts), right.value(facts))
        case .membership(let node, let values): values.contains(node.value(facts))
        case .text(let node, let test): Self.passes(test, node.value(facts))
        case .presence(let fact): facts.value(of: fact) != .absent
        }
    }

    private static func compare(_ kind: Comparison, _ left: ConditionValue, _ right: ConditionValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): ordered(kind, left, right)
        case (.string(let left), .string(let right)): ordered(kind, left, right)
        case (.bool(let left), .bool(let right)): kind == .equal ? left == right : kind == .unequal && left != right
        default: kind == .unequal
        }
    }

    private static func ordered<Value: Comparable>(_ kind: Comparison, _ left: Value, _ right: Value) -> Bool {
        switch kind {
        case .equal: left == right
        case .unequal: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }

    /// A caller's text that makes a pattern work beyond its bound does not match.
    private static func passes(_ test: TextTest, _ value: ConditionValue) -> Bool {
        guard case .string(let text) = value else { return false }
        return switch test {
        case .startsWith(let part): text.hasPrefix(part)
        case .endsWith(let part): text.hasSuffix(part)
        case .contains(let part): part.isEmpty || text.utf8Contains(part)
        case .matches(let pattern): pattern.matches(text, workMax: 100_000) ?? false
        }
    }
}

private extension String {
    /// By bytes: two spellings of one character are two texts, as everywhere in a request.
    func utf8Contains(_ part: String) -> Bool {
        Array(utf8).contains(Array(part.utf8))
    }
}
