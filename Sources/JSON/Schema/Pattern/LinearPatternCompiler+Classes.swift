extension LinearPatternCompiler {
    /// After `[`: everything up to its `]`.
    mutating func bracketed() throws(LinearPatternError) -> CharacterClass {
        var set = CharacterClass()
        set.negated = take("^")
        while let scalar = current, scalar != "]" {
            let low = try member()
            guard current == "-", at + 1 < source.count, source[at + 1] != "]" else {
                set.add(low)
                continue
            }
            at += 1
            let high = try member()
            guard let from = low.onlyScalar, let to = high.onlyScalar, from <= to else {
                throw failure("a range of characters is out of order")
            }
            set.ranges.append(from...to)
        }
        guard take("]") else { throw failure("a class of characters is not closed") }
        return set
    }

    private mutating func member() throws(LinearPatternError) -> CharacterClass {
        guard let scalar = current else { throw failure("a class of characters is not closed") }
        if scalar == "\\" { return try escape(inClass: true) }
        at += 1
        return .single(scalar)
    }

    /// At a backslash: the characters that the escape stands for.
    mutating func escape(inClass: Bool) throws(LinearPatternError) -> CharacterClass {
        at += 1
        guard let letter = current else { throw failure("the pattern ends in a backslash") }
        at += 1
        switch letter {
        case "d": return .digit
        case "D": return CharacterClass.digit.inverted
        case "w": return .word
        case "W": return CharacterClass.word.inverted
        case "s": return .space
        case "S": return CharacterClass.space.inverted
        case "t": return .single("\t")
        case "n": return .single("\n")
        case "r": return .single("\r")
        case "f": return .single("\u{C}")
        case "v": return .single("\u{B}")
        case "b" where inClass: return .single("\u{8}")
        case "0": return .single("\0")
        case "1"..."9", "k": throw failure("back-references are not supported in a pattern")
        case "c":
            guard let control = current, ("A"..."Z").contains(control) || ("a"..."z").contains(control),
                let scalar = Unicode.Scalar(control.value % 32)
            else { throw failure("unknown control character in the pattern") }
            at += 1
            return .single(scalar)
        case "x": return .single(try scalar(digits: 2))
        case "u": return .single(try unicodeEscape())
        case "p", "P":
            let set = try property()
            return letter == "p" ? set : set.inverted
        case "a"..."z", "A"..."Z": throw failure("unknown escape in the pattern")
        default: return .single(letter)
        }
    }

    private mutating func property() throws(LinearPatternError) -> CharacterClass {
        guard take("{"), let end = source[at...].firstIndex(of: "}") else {
            throw failure("expected the name of a property in braces")
        }
        let name = String(String.UnicodeScalarView(source[at..<end]))
        at = end + 1
        guard let set = CharacterClass.property(name) else { throw failure("unknown property in the pattern") }
        return set
    }

    private mutating func unicodeEscape() throws(LinearPatternError) -> Unicode.Scalar {
        if take("{") {
            var value: UInt32 = 0
            while let digit = current.flatMap({ UInt8(exactly: $0.value)?.hexadecimal }), value <= 0x10FFFF {
                value = value << 4 | digit
                at += 1
            }
            guard take("}"), let scalar = Unicode.Scalar(value) else {
                throw failure("no such character in the pattern")
            }
            return scalar
        }
        let high = try hexadecimal(digits: 4)
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, take("\\u") else { throw failure("a surrogate escape is not one of a pair") }
        let low = try hexadecimal(digits: 4)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw failure("a surrogate escape is not one of a pair") }
        return scalar
    }

    private mutating func scalar(digits: Int) throws(LinearPatternError) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(try hexadecimal(digits: digits)) else {
            throw failure("no such character in the pattern")
        }
        return scalar
    }

    private mutating func hexadecimal(digits: Int) throws(LinearPatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = current.flatMap({ UInt8(exactly: $0.value)?.hexadecimal }) else {
                throw failure("expected hexadecimal digits in the pattern")
            }
            value = value << 4 | digit
            at += 1
        }
        return value
    }
}

extension CharacterClass {
    /// The scalar of a set of one, as an end of a range must be.
    fileprivate var onlyScalar: UInt32? {
        guard !negated, members.isEmpty, categories.isEmpty, ranges.count == 1, let range = ranges.first,
            range.count == 1
        else { return nil }
        return range.lowerBound
    }

    fileprivate mutating func add(_ other: CharacterClass) {
        if other.negated || !other.members.isEmpty {
            members.append(other)
        } else {
            ranges += other.ranges
            categories += other.categories
        }
    }
}
