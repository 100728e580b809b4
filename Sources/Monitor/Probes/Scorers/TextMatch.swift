import JSON

/// Text against text, whole or in part. Letters compare by canonical equivalence: a composed and a decomposed é are
/// one.
package struct TextMatch: Sendable {
    let trims: Bool
    let ignoresCase: Bool

    func exact(_ answer: String, expected: JSONValue) -> Score {
        let alternatives = ExpectedText.alternatives(expected)
        guard !alternatives.isEmpty else { return ExpectedText.absent }
        let answer = normal(answer)
        return alternatives.contains { normal($0) == answer } ? .right : .wrong("the answer is another text")
    }

    func contains(_ answer: String, expected: JSONValue) -> Score {
        // Every answer contains the empty text: it would measure nothing.
        let alternatives = ExpectedText.alternatives(expected).filter { !$0.isEmpty }
        guard !alternatives.isEmpty else { return ExpectedText.absent }
        let answer = normal(answer)
        return alternatives.contains { answer.contains(normal($0)) }
            ? .right : .wrong("the answer does not contain what is expected")
    }

    private func normal(_ text: String) -> String {
        var text = Substring(text)
        if trims {
            text = text.drop { $0.isWhitespace }
            while text.last?.isWhitespace == true { text.removeLast() }
        }
        return ignoresCase ? text.lowercased() : String(text)
    }
}
