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
    case membership(ConditionNode, [ConditionValue])
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

    func value(_ facts: some ConditionFacts, work: inout Int) -> ConditionValue {
        switch self {
        case .literal(let value): value
        case .fact(let fact): facts.value(of: fact)
        default: holds(facts, work: &work).map { .bool($0) } ?? .absent
        }
    }

    /// What is absent equals nothing, is neither less nor greater, and is in no list.
    /// - Parameter work: steps that are left, in bytes that are looked at, about.
    /// - Returns: nil when they did not suffice to say.
    func holds(_ facts: some ConditionFacts, work: inout Int) -> Bool? {
        switch self {
        case .literal, .fact: value(facts, work: &work) == .bool(true)
        case .not(let node): node.holds(facts, work: &work).map { !$0 }
        case .and(let left, let right): Self.first(false, left, right, facts, &work)
        case .or(let left, let right): Self.first(true, left, right, facts, &work)
        case .comparison(let kind, let left, let right):
            Self.compare(kind, left.value(facts, work: &work), right.value(facts, work: &work))
        case .membership(let node, let values): Self.contains(values, node.value(facts, work: &work))
        case .text(let node, let test): Self.passes(test, node.value(facts, work: &work), &work)
        case .presence(let fact): facts.value(of: fact) != .absent
        }
    }

    /// `&&` and `||` in the logic of three values: one side that decides decides, whatever the other is.
    private static func first(
        _ deciding: Bool, _ left: ConditionNode, _ right: ConditionNode, _ facts: some ConditionFacts,
        _ work: inout Int
    ) -> Bool? {
        let found = left.holds(facts, work: &work)
        if found == deciding { return deciding }
        let other = right.holds(facts, work: &work)
        if other == deciding { return deciding }
        return found == nil || other == nil ? nil : !deciding
    }

    /// Texts are compared by their bytes, as everywhere in a request: two spellings of a character are two texts.
    private static func compare(_ kind: Comparison, _ left: ConditionValue, _ right: ConditionValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)):
            holds(kind, isEqual: left == right, isLess: left < right)
        case (.string(let left), .string(let right)):
            holds(
                kind, isEqual: left.utf8.elementsEqual(right.utf8),
                isLess: left.utf8.lexicographicallyPrecedes(right.utf8))
        case (.bool(let left), .bool(let right)): holds(kind, isEqual: left == right, isLess: false)
        default: kind == .unequal
        }
    }

    private static func holds(_ kind: Comparison, isEqual: Bool, isLess: Bool) -> Bool {
        switch kind {
        case .equal: isEqual
        case .unequal: !isEqual
        case .less: isLess
        case .lessOrEqual: isLess || isEqual
        case .greater: !isLess && !isEqual
        case .greaterOrEqual: !isLess
        }
    }

    private static func contains(_ values: [ConditionValue], _ value: ConditionValue) -> Bool {
        values.contains { compare(.equal, $0, value) }
    }

    private static func passes(_ test: TextTest, _ value: ConditionValue, _ work: inout Int) -> Bool? {
        guard case .string(let text) = value else { return false }
        switch test {
        case .startsWith(let part): return text.utf8.starts(with: part.utf8)
        case .endsWith(let part): return text.utf8.reversed().starts(with: part.utf8.reversed())
        case .contains(let part):
            work -= text.utf8.count
            guard work >= 0 else { return nil }
            return part.isEmpty || Array(text.utf8).contains(Array(part.utf8))
        case .matches(let pattern):
            guard work > 0 else { return nil }
            return pattern.matches(text, stepsLeft: &work)
        }
    }
}
