/// Reads the pattern grammar of ECMA-262 section 22.2.1 with the `u` flag, and where that is only pedantic the leniency
/// of its Annex B: a brace or bracket that closes nothing is itself, and any ASCII punctuation may be escaped.
struct PatternParser {
    let scalars: [Unicode.Scalar]
    var at = 0
    var flags: PatternFlags
    /// What the scalars of the pattern may be; nodes name them by index, so that repeating a node does not copy them.
    private(set) var sets: [ScalarSet] = []
    /// Groups open around the current place; bounded, because reading recurses with them.
    private var depth = 0

    private static let depthMax = 100
    private static let lengthMax = 65_536
    /// A larger count could not be laid out anyway.
    private static let countMax = 32_768

    init(_ source: String, ignoresCase: Bool) {
        scalars = Array(source.unicodeScalars)
        flags = PatternFlags(ignoresCase: ignoresCase)
    }

    mutating func parse() throws(LinearPatternError) -> PatternNode {
        guard scalars.count <= Self.lengthMax else { throw fault("the pattern is too long", at: Self.lengthMax) }
        try readLeadingFlags()
        let node = try parseAlternatives()
        guard at == scalars.count else { throw fault("a parenthesis closes that was not opened") }
        return node
    }

    func fault(_ reason: String, at offset: Int? = nil) -> LinearPatternError {
        LinearPatternError(offset: offset ?? at, reason: reason)
    }

    var current: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    /// Moves past `text` if it comes next.
    mutating func skip(_ text: String) -> Bool {
        let wanted = text.unicodeScalars
        guard scalars.count - at >= wanted.count, scalars[at..<at + wanted.count].elementsEqual(wanted) else {
            return false
        }
        at += wanted.count
        return true
    }

    mutating func parseAlternatives() throws(LinearPatternError) -> PatternNode {
        var alternatives = [try parseSequence()]
        while skip("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func parseSequence() throws(LinearPatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            let start = at
            let node = try parseTerm()
            guard let (least, most) = try parseQuantifier() else {
                nodes.append(node)
                continue
            }
            switch node {
            case .assertion, .look: throw fault("there is nothing to repeat", at: start)
            default: nodes.append(.repeated(node, least: least, most: most))
            }
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func parseTerm() throws(LinearPatternError) -> PatternNode {
        let start = at
        guard let scalar = current else { return .empty }
        at += 1
        switch scalar {
        case "^": return .assertion(flags.multiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.multiline ? .lineEnd : .textEnd)
        case ".": return one(of: flags.dotMatchesAll ? .any : .notLineEnd)
        case "[": return one(of: try parseClass())
        case "(": return try parseGroup()
        case "\\": return try parseEscape()
        case "*", "+", "?": throw fault("there is nothing to repeat", at: start)
        case "{":
            at = start
            guard try parseQuantifier() == nil else { throw fault("there is nothing to repeat", at: start) }
            at = start + 1
            return literal(scalar)
        default: return literal(scalar)
        }
    }

    mutating func literal(_ scalar: Unicode.Scalar) -> PatternNode {
        one(of: ScalarSet(scalar.value, ignoresCase: flags.ignoresCase))
    }

    mutating func one(of set: ScalarSet) -> PatternNode {
        sets.append(set)
        return .scalar(sets.count - 1)
    }

    /// After the opening parenthesis.
    private mutating func parseGroup() throws(LinearPatternError) -> PatternNode {
        let start = at - 1
        guard depth < Self.depthMax else { throw fault("groups are nested too deeply", at: start) }
        depth += 1
        defer { depth -= 1 }
        let outer = flags
        var look: (ahead: Bool, negated: Bool)?
        if skip("?") {
            if skip("=") {
                look = (true, false)
            } else if skip("!") {
                look = (true, true)
            } else if skip("<=") {
                look = (false, false)
            } else if skip("<!") {
                look = (false, true)
            } else if skip("<") {
                try readGroupName()
            } else {
                flags = try readFlags(start: start)
            }
        }
        let body = try parseAlternatives()
        guard skip(")") else { throw fault("the group is not closed", at: start) }
        flags = outer
        // As a sequence, so that a group that holds only an assertion can be repeated and a bare assertion cannot.
        guard let look else { return .sequence([body]) }
        return .look(body, ahead: look.ahead, negated: look.negated)
    }

    private mutating func readGroupName() throws(LinearPatternError) {
        let start = at
        while let scalar = current, scalar != ">" {
            guard scalar == "$" || scalar == "_" || scalar.properties.isIDContinue else { break }
            at += 1
        }
        guard at > start, skip(">") else { throw fault("the name of the group is not one", at: start) }
    }

    /// `{2}`, `{2,}`, `{2,3}`, `*`, `+`, `?`, each with the `?` of the lazy form. A brace that is none of these is not
    /// read.
    private mutating func parseQuantifier() throws(LinearPatternError) -> (least: Int, most: Int?)? {
        let start = at
        var count: (least: Int, most: Int?)
        if skip("*") {
            count = (0, nil)
        } else if skip("+") {
            count = (1, nil)
        } else if skip("?") {
            count = (0, 1)
        } else if skip("{") {
            guard let least = readNumber() else {
                at = start
                return nil
            }
            count = (least, least)
            if skip(",") { count.most = readNumber() }
            guard skip("}") else {
                at = start
                return nil
            }
            guard count.least <= Self.countMax, count.most ?? 0 <= Self.countMax else {
                throw fault("repeats more than \(Self.countMax) times", at: start)
            }
            if let most = count.most, most < count.least {
                throw fault("the ends of the repetition are out of order", at: start)
            }
        } else {
            return nil
        }
        _ = skip("?")
        return count
    }

    private mutating func readNumber() -> Int? {
        var value: Int?
        while let scalar = current, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 1_000_000)
            at += 1
        }
        return value
    }
}
