/// A condition on a request: `slice.language == "zh" && bytes > 20000`, as written in a rule of a deployment.
///
/// The language is a part of CEL (cel.dev, language definition): `&&`, `||`, `!`, comparisons, `in [ … ]`,
/// `startsWith`, `endsWith`, `contains`, `matches`, `has`. It has no loops, so that a condition takes time in
/// proportion to its length and to the texts that it looks at. Unlike there, a fact that the request does not have is
/// no error: it equals nothing, is neither less nor greater, and is in no list. `time` is in UTC.
package struct Condition: Sendable {
    /// Of the text, in bytes.
    package static let lengthMax = 2_048

    /// As it was written.
    package let text: String
    private let root: ConditionNode

    /// - Throws: a fault with its place.
    package init(parsing text: String) throws(ConditionError) {
        guard text.utf8.count <= Self.lengthMax else {
            throw ConditionError(offset: Self.lengthMax, reason: "is longer than \(Self.lengthMax) bytes")
        }
        var parser = try ConditionParser(text)
        root = try parser.parse()
        self.text = text
    }

    /// Steps that all conditions of a deployment have together for one request: some milliseconds of a loop.
    package static let workMax = 1_000_000

    /// - Parameter work: steps that are left; patterns and long texts take of them.
    /// - Returns: nil when they did not suffice to say.
    package func holds(_ facts: some ConditionFacts, work: inout Int) -> Bool? {
        root.holds(facts, work: &work)
    }
}

extension Condition: Hashable {
    package static func == (left: Condition, right: Condition) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
