/// Holds one value against a compiled schema.
struct SchemaEvaluator {
    let schema: JSONSchemaValidator
    private var violations: [JSONSchemaViolation] = []
    private var path: [Step] = []
    /// The resources on the way here, outermost first: what `$dynamicRef` looks through.
    private(set) var dynamicScope: [Int] = []
    private var quiet: Int
    private var depth = 0
    /// Schemas applied and values read.
    private var workLeft: Int
    /// Steps of all pattern matching together, each about a tenth of the others.
    private var patternStepsLeft: Int
    private var exhausted: String?

    private enum Step {
        case key(String)
        case index(Int)
    }

    /// A level is a few stack frames of schema inside schema; infinite references end here.
    private static let depthMax = 256
    private static let violationsMax = 100

    init(schema: JSONSchemaValidator, workMax: Int, quietly: Bool = false) {
        self.schema = schema
        workLeft = workMax
        patternStepsLeft = workMax.multipliedReportingOverflow(by: 10).overflow ? .max : 10 * workMax
        quiet = quietly ? 1 : 0
    }

    mutating func run(_ value: JSONValue) -> [JSONSchemaViolation] {
        let valid = evaluate(schema.root, value) != nil
        if let exhausted {
            return [JSONSchemaViolation(instancePointer: "", keywordPointer: "", message: exhausted)]
        }
        guard valid || !violations.isEmpty else {
            return [JSONSchemaViolation(instancePointer: "", keywordPointer: "", message: "is not valid")]
        }
        return valid ? [] : violations
    }

    /// What of the value the schema has looked at; nil when the value is not valid.
    mutating func evaluate(_ index: Int, _ value: JSONValue) -> SchemaEvaluated? {
        guard charge(1), depth < Self.depthMax else {
            exhausted = exhausted ?? "the schema recurses too deeply on this value"
            return nil
        }
        depth += 1
        defer { depth -= 1 }
        let node = schema.nodes[index]
        let entered = dynamicScope.last != node.resource
        if entered { dynamicScope.append(node.resource) }
        defer { if entered { dynamicScope.removeLast() } }
        var evaluated = SchemaEvaluated()
        var valid = true
        for rule in node.rules where !apply(rule, of: node, to: value, &evaluated) {
            valid = false
            if quiet > 0 || exhausted != nil { return nil }
        }
        return valid ? evaluated : nil
    }

    /// Asks without leaving violations.
    mutating func evaluateQuietly(_ index: Int, _ value: JSONValue) -> SchemaEvaluated? {
        quiet += 1
        defer { quiet -= 1 }
        return evaluate(index, value)
    }

    mutating func evaluate(_ index: Int, _ value: JSONValue, key: String) -> Bool {
        path.append(.key(key))
        defer { path.removeLast() }
        return evaluate(index, value) != nil
    }

    mutating func evaluate(_ index: Int, _ value: JSONValue, position: Int) -> Bool {
        path.append(.index(position))
        defer { path.removeLast() }
        return evaluate(index, value) != nil
    }

    /// Spends work; false when there is none left, and then the answer is a violation that says so.
    mutating func charge(_ work: Int) -> Bool {
        workLeft -= work
        if workLeft < 0 { exhausted = exhausted ?? "the schema takes too much work on this value" }
        return exhausted == nil
    }

    mutating func matches(_ pattern: LinearPattern, _ text: String) -> Bool {
        guard charge(1) else { return false }
        if let found = pattern.matches(text, stepsLeft: &patternStepsLeft) { return found }
        exhausted = exhausted ?? "the patterns take too much work on this value"
        return false
    }

    /// Records a violation and gives false, for the caller to return.
    mutating func fail(_ node: SchemaNode, _ keyword: String, _ message: String) -> Bool {
        guard quiet == 0, violations.count < Self.violationsMax else { return false }
        var instance = ""
        for step in path {
            switch step {
            case .key(let key): instance += "/" + JSONPointer.escaped(key)
            case .index(let index): instance += "/\(index)"
            }
        }
        let pointer = keyword.isEmpty ? node.pointer : node.pointer + "/" + JSONPointer.escaped(keyword)
        violations.append(
            JSONSchemaViolation(instancePointer: instance, keywordPointer: pointer, message: message))
        return false
    }
}

/// Which members and elements of a value some schema has answered for: what the unevaluated keywords leave alone.
struct SchemaEvaluated {
    var properties: Set<TextKey> = []
    var allProperties = false
    var items: Set<Int> = []
    /// All elements before this one.
    var itemsPrefix = 0

    mutating func merge(_ other: SchemaEvaluated) {
        properties.formUnion(other.properties)
        allProperties = allProperties || other.allProperties
        items.formUnion(other.items)
        itemsPrefix = max(itemsPrefix, other.itemsPrefix)
    }
}
