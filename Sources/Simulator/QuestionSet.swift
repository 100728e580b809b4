/// Questions with exact answers: a golden dataset that a simulated provider can be right or wrong about.
package struct QuestionSet: Sendable {
    package let items: [(question: String, answer: String)]

    /// - Parameter count: different questions, at most a million.
    package init(seed: UInt64, count: Int) {
        let offset = Int(seed % 1_000)
        items = (0..<min(count, 1_000_000)).map { index in
            let left = 10 + (index * 37 + offset) % 90
            let right = 10 + index / 90
            return ("What is \(left) plus \(right)?", String(left + right))
        }
    }

    /// The right answer; nil when the text is not a question of this form.
    static func answer(to text: String) -> Int? {
        guard let start = text.range(of: "What is "), let middle = text.range(of: " plus "),
            let end = text.range(of: "?"), start.upperBound <= middle.lowerBound, middle.upperBound <= end.lowerBound,
            let left = Int(text[start.upperBound..<middle.lowerBound]),
            let right = Int(text[middle.upperBound..<end.lowerBound]), abs(left) < 1 << 40, abs(right) < 1 << 40
        else { return nil }
        return left + right
    }
}

extension String {
    fileprivate func range(of part: String) -> Range<Index>? {
        firstRange(of: part)
    }
}
