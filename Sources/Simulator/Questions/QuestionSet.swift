/// Questions of arithmetic and of capital cities with their exact short answers: a golden dataset for the demo, and
/// what a simulated provider can be right or wrong about.
package struct QuestionSet: Sendable {
    /// No question occurs twice; the answer is all that should be said.
    package let items: [(question: String, answer: String)]

    /// The same questions for the same seed, and of two counts the smaller is the beginning of the larger.
    /// - Parameter count: how many; none where it is not positive, `countMax` at most.
    package init(seed: UInt64, count: Int) {
        let count = min(count, Self.countMax)
        var generator = SeededGenerator(seed: seed)
        var capitals = Capitals.all.map(\.country).shuffled(using: &generator)
        var items: [(question: String, answer: String)] = []
        var seen = Set<KnownQuestion>()
        while items.count < count {
            let question: KnownQuestion
            if items.count.isMultiple(of: 4), let country = capitals.popLast() {
                question = .capital(country: country)
            } else {
                question = Self.arithmetic(&generator)
            }
            if seen.insert(question).inserted { items.append((question.text, question.answer)) }
        }
        self.items = items
    }

    /// A small part of the sums, differences and products that there are, so that drawing a new one takes few draws.
    package static let countMax = 100_000

    private static func arithmetic(_ generator: inout SeededGenerator) -> KnownQuestion {
        let left = Int.random(in: 2...999, using: &generator)
        let right = Int.random(in: 2...999, using: &generator)
        switch Int.random(in: 0...2, using: &generator) {
        case 0: return .sum(left, right)
        case 1: return .difference(max(left, right), min(left, right))
        default: return .product(left, right)
        }
    }
}
