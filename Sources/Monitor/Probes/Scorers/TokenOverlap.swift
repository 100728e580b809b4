import JSON

/// F1 of the words that answer and expectation share, as SQuAD measures it (Rajpurkar et al., EMNLP 2016): lower case,
/// without punctuation and articles. Of several expected texts the best counts.
package struct TokenOverlap: Sendable {
    package static let thresholdDefault = 0.5
    /// From here on an answer passes.
    let threshold: Double

    func score(_ answer: String, expected: JSONValue) -> Score {
        let given = Self.tokens(answer)
        guard let best = ExpectedText.alternatives(expected).map({ Self.f1(given, Self.tokens($0)) }).max() else {
            return ExpectedText.absent
        }
        let passed = best >= threshold
        return Score(value: best, passed: passed, reason: passed ? nil : "the words overlap too little")
    }

    /// Harmonic mean of precision and recall; without any words on one side, 1 when there are none on the other.
    static func f1(_ given: [String], _ wanted: [String]) -> Double {
        guard !given.isEmpty, !wanted.isEmpty else { return given.isEmpty && wanted.isEmpty ? 1 : 0 }
        var counts = [String: Int]()
        for token in wanted { counts[token, default: 0] += 1 }
        var shared = 0
        for token in given {
            guard let left = counts[token], left > 0 else { continue }
            counts[token] = left - 1
            shared += 1
        }
        return 2 * Double(shared) / Double(given.count + wanted.count)
    }

    static func tokens(_ text: String) -> [String] {
        var kept = String.UnicodeScalarView()
        for scalar in text.lowercased().unicodeScalars where !isPunctuation(scalar) { kept.append(scalar) }
        return String(kept).split(whereSeparator: \.isWhitespace).map(String.init).filter { !articles.contains($0) }
    }

    private static let articles: Set<String> = ["a", "an", "the"]

    /// ASCII symbols (`$+<=>^`|~`) are among SQuAD's punctuation.
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            true
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: scalar.isASCII
        default: false
        }
    }
}
