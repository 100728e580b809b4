extension PatternParser {
    /// After the opening bracket: the class up to and with its closing bracket.
    mutating func parseClass() throws(LinearPatternError) -> ScalarSet {
        let start = at - 1
        let isNegated = skip("^")
        var sets: [ScalarSet] = []
        while let scalar = current, scalar != "]" {
            let place = at
            let first = try parseClassAtom()
            guard current == "-", at + 1 < scalars.count, scalars[at + 1] != "]" else {
                sets.append(first.set)
                continue
            }
            at += 1
            let last = try parseClassAtom()
            guard let low = first.scalar, let high = last.scalar else {
                throw fault("a range in brackets needs a character at both ends", at: place)
            }
            guard low <= high else { throw fault("the ends of the range are out of order", at: place) }
            sets.append(ScalarSet([low.value...high.value]))
        }
        guard skip("]") else { throw fault("the bracket is not closed", at: start) }
        return ScalarSet(union: sets, negated: isNegated, ignoresCase: flags.ignoresCase)
    }

    /// One scalar, or a set such as `\d`, which has no `scalar`.
    private mutating func parseClassAtom() throws(LinearPatternError) -> (set: ScalarSet, scalar: Unicode.Scalar?) {
        let start = at
        guard let scalar = current else { throw fault("the bracket is not closed", at: start) }
        at += 1
        guard scalar == "\\" else { return (ScalarSet(scalar.value), scalar) }
        if let set = try readSetEscape(start: start) { return (set, nil) }
        // Inside a class \b is the backspace.
        if skip("b") { return (ScalarSet(8), "\u{8}") }
        let escaped = try readScalarEscape(start: start)
        return (ScalarSet(escaped.value), escaped)
    }
}
