/// A pattern as it was read, before it is laid out as a program.
indirect enum PatternNode {
    /// Matches the empty text.
    case empty
    /// One scalar out of a set, by the set's index in the parser's list.
    case scalar(Int)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `most` is nil where there is no upper end. Greedy and lazy are the same: only whether there is a match is asked.
    case repeated(PatternNode, least: Int, most: Int?)
    case assertion(PatternAssertion)
    case look(PatternNode, ahead: Bool, negated: Bool)
}

/// What holds between two scalars.
enum PatternAssertion: Hashable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

    /// - Parameters: the scalars on both sides; nil at the ends of the text.
    @inline(__always)
    func holds(between before: UInt32?, and after: UInt32?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before.map(ScalarSet.isLineEnd) ?? true
        case .lineEnd: after.map(ScalarSet.isLineEnd) ?? true
        case .wordBoundary: isWord(before) != isWord(after)
        case .noWordBoundary: isWord(before) == isWord(after)
        }
    }

    private func isWord(_ scalar: UInt32?) -> Bool {
        scalar.map(ScalarSet.word.contains) ?? false
    }
}
