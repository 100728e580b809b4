/// The flags of ECMA-262 that can be set inside a pattern.
struct PatternFlags {
    var ignoresCase = false
    /// `.` takes line ends too.
    var dotMatchesAll = false
    /// `^` and `$` also hold at line ends.
    var multiline = false
}

extension PatternParser {
    /// `(?i)` and the like before everything else, for the whole pattern.
    mutating func readLeadingFlags() throws(LinearPatternError) {
        let start = at
        guard skip("(?"), let scalar = current, "ims".unicodeScalars.contains(scalar) else {
            at = start
            return
        }
        var flags = flags
        while let scalar = current, flags.set(scalar, to: true) { at += 1 }
        guard skip(")") else {
            at = start
            return
        }
        self.flags = flags
    }

    /// What stands between `(?` and `:` of a group (ECMA-262, 2025).
    mutating func readFlags(start: Int) throws(LinearPatternError) -> PatternFlags {
        var flags = flags
        while let scalar = current, flags.set(scalar, to: true) { at += 1 }
        if skip("-") {
            while let scalar = current, flags.set(scalar, to: false) { at += 1 }
        }
        guard skip(":") else { throw fault("unknown kind of group", at: start) }
        return flags
    }
}

extension PatternFlags {
    /// - Returns: whether there is such a flag.
    fileprivate mutating func set(_ letter: Unicode.Scalar, to value: Bool) -> Bool {
        switch letter {
        case "i": ignoresCase = value
        case "s": dotMatchesAll = value
        case "m": multiline = value
        default: return false
        }
        return true
    }
}
