/// Reads a pattern by recursive descent and writes programs for it; program 0 is the pattern, the others its
/// look-aheads.
struct LinearPatternCompiler {
    var source: [Unicode.Scalar] = []
    var at = 0
    private var programs: [[LinearInstruction]] = []
    private var depth = 0
    private var written = 0

    /// Counted repeats are written out, so a few characters could ask for gigabytes.
    private static let sizeMax = 20_000
    private static let depthMax = 100

    private typealias Code = [LinearInstruction]

    mutating func compile(_ pattern: String) throws(LinearPatternError) -> [[LinearInstruction]] {
        source = Array(pattern.unicodeScalars)
        programs = [[]]
        let code = try alternatives()
        guard at == source.count else { throw failure("unmatched ')' in the pattern") }
        programs[0] = code + [.match]
        return programs
    }

    func failure(_ reason: String) -> LinearPatternError { LinearPatternError(offset: at, reason: reason) }

    var current: Unicode.Scalar? { at < source.count ? source[at] : nil }

    mutating func take(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard source[at...].starts(with: scalars) else { return false }
        at += scalars.count
        return true
    }

    // Targets inside a piece of code are relative to its start until it is placed.
    private func placed(_ code: Code, at base: Int) -> Code {
        code.map { instruction in
            switch instruction {
            case .split(let one, let other): .split(one + base, other + base)
            case .jump(let target): .jump(target + base)
            default: instruction
            }
        }
    }

    private func joined(_ first: Code, _ second: Code) -> Code { first + placed(second, at: first.count) }

    private mutating func alternatives() throws(LinearPatternError) -> Code {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthMax else { throw failure("the pattern is nested too deeply") }
        var code = try sequence()
        while take("|") {
            let other = try sequence()
            let first: Code = [.split(1, code.count + 2)] + placed(code, at: 1)
            code = first + [.jump(first.count + 1 + other.count)] + placed(other, at: first.count + 1)
            try charge(code.count)
        }
        return code
    }

    private mutating func sequence() throws(LinearPatternError) -> Code {
        var code: Code = []
        while let scalar = current, scalar != "|", scalar != ")" {
            let piece = try atom()
            let repeated = try quantified(piece)
            code = joined(code, repeated)
        }
        return code
    }

    private mutating func charge(_ size: Int) throws(LinearPatternError) {
        written += size
        guard size <= Self.sizeMax, written <= 50 * Self.sizeMax else { throw failure("the pattern is too large") }
    }

    private mutating func atom() throws(LinearPatternError) -> Code {
        guard let scalar = current else { return [] }
        switch scalar {
        case "^", "$":
            at += 1
            return [scalar == "^" ? .start : .end]
        case "(": return try group()
        case "[":
            at += 1
            return [.scalars(try bracketed())]
        case ".":
            at += 1
            return [.scalars(.any)]
        case "\\":
            if take("\\b") { return [.wordBoundary(negated: false)] }
            if take("\\B") { return [.wordBoundary(negated: true)] }
            return [.scalars(try escape(inClass: false))]
        case "*", "+", "?", "{": throw failure("nothing to repeat in the pattern")
        default:
            at += 1
            return [.scalars(.single(scalar))]
        }
    }

    private mutating func group() throws(LinearPatternError) -> Code {
        at += 1
        var lookAhead: Bool?
        if take("?=") {
            lookAhead = false
        } else if take("?!") {
            lookAhead = true
        } else if take("?<=") || take("?<!") {
            throw failure("look-behind is not supported in a pattern")
        } else if take("?<") {
            while let scalar = current, scalar != ">" { at += scalar == ")" ? source.count : 1 }
            guard take(">") else { throw failure("the name of a group is not closed") }
        } else if current == "?", !take("?:") {
            throw failure("unknown kind of group in the pattern")
        }
        let code = try alternatives()
        guard take(")") else { throw failure("a group of the pattern is not closed") }
        guard let negated = lookAhead else { return code }
        programs.append(code + [.match])
        return [.lookAhead(program: programs.count - 1, negated: negated)]
    }

    private mutating func quantified(_ piece: Code) throws(LinearPatternError) -> Code {
        var low = 1
        var high: Int? = 1
        switch current {
        case "*": (low, high) = (0, nil)
        case "+": (low, high) = (1, nil)
        case "?": (low, high) = (0, 1)
        case "{":
            (low, high) = try counts()
            at -= 1
        default: return piece
        }
        at += 1
        // Lazy or greedy finds the same: only whether there is a match is asked.
        _ = take("?")
        if let high, high < low { throw failure("the counts of a repeat are out of order") }
        guard max(low, high ?? 0) <= Self.sizeMax / max(1, piece.count) else {
            throw failure("the pattern is too large")
        }
        var code: Code = []
        for _ in 0..<low { code = joined(code, piece) }
        if let high {
            // (a(a)?)? from the inside out would nest; a chain of exits is flat.
            let optional = high - low
            let end = code.count + optional * (piece.count + 1)
            for _ in 0..<optional {
                code.append(.split(code.count + 1, end))
                code += placed(piece, at: code.count)
            }
        } else {
            let loop = code.count
            code.append(.split(loop + 1, loop + 2 + piece.count))
            code += placed(piece, at: loop + 1)
            code.append(.jump(loop))
        }
        try charge(code.count)
        return code
    }

    /// `{n}`, `{n,}` or `{n,m}`.
    private mutating func counts() throws(LinearPatternError) -> (Int, Int?) {
        let start = at
        at += 1
        let low = number()
        var high = low
        if take(",") { high = number() }
        guard let low, take("}") else {
            at = start
            throw failure("a brace in a pattern must be a count or escaped")
        }
        return (low, high)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = current, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 1_000_000)
            at += 1
        }
        return value
    }
}
