/// One schema object, compiled. References to other schemas are indexes into the validator's nodes.
struct SchemaNode: Sendable {
    let resource: Int
    let pointer: String
    var rules: [SchemaRule] = []
}

struct SchemaRule: Sendable {
    let keyword: String
    let test: SchemaTest
}

/// A schema that has an identifier of its own: `$dynamicRef` asks each one on the way for its dynamic anchors.
struct SchemaResource: Sendable {
    let uri: String
    let root: SchemaLocation
    var anchors: [String: SchemaLocation] = [:]
    var dynamicAnchors: [String: SchemaLocation] = [:]
    var dynamicNodes: [String: Int] = [:]
}

/// A place in one of the documents known to a compiler.
struct SchemaLocation: Sendable, Hashable {
    let document: Int
    let tokens: [String]

    func appending(_ tokens: String...) -> SchemaLocation {
        SchemaLocation(document: document, tokens: self.tokens + tokens)
    }

    var pointer: String { JSONPointer(tokens: tokens).text }
}

enum SchemaTest: Sendable {
    case never
    case reference(Int)
    case dynamicReference(fallback: Int, anchor: String)
    case type([String])
    case oneOfValues(Set<JSONValue>)
    case bound(JSONValue, Bound)
    case multiple(JSONValue)
    case size(Size, SizeOf)
    case pattern(LinearPattern)
    case unique
    case required([String])
    case dependentRequired([(key: String, required: [String])])
    case dependentSchemas([(key: String, node: Int)])
    case all([Int])
    case any([Int])
    case exactlyOne([Int])
    case not(Int)
    case condition(Int, then: Int?, otherwise: Int?)
    case items(prefix: [Int], rest: Int?)
    case contains(Int, low: Int, high: Int?)
    case properties(named: [(key: String, node: Int)], patterns: [(pattern: LinearPattern, node: Int)], rest: Int?)
    case propertyNames(Int)
    case unevaluatedItems(Int)
    case unevaluatedProperties(Int)

    enum Bound: Sendable { case atMost, below, atLeast, above }
    enum Size: Sendable { case atMost(Int), atLeast(Int) }
    enum SizeOf: Sendable { case string, array, object }
}
