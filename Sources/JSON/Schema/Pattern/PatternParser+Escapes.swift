extension PatternParser {
    /// After a backslash outside a class.
    mutating func parseEscape() throws(LinearPatternError) -> PatternNode {
        let start = at - 1
        guard let letter = current else { throw fault("the pattern ends in a backslash", at: start) }
        switch letter {
        case "b":
            at += 1
            return .assertion(.wordBoundary)
        case "B":
            at += 1
            return .assertion(.noWordBoundary)
        case "k", "1"..."9":
            throw fault("back references cannot be matched in bounded time and are not supported", at: start)
        default:
            if let set = try readSetEscape(start: start) { return one(of: set) }
            return literal(try readScalarEscape(start: start))
        }
    }

    /// `\d`, `\w`, `\s`, `\p{…}` and their opposites, at the letter; nil when it is none of these.
    mutating func readSetEscape(start: Int) throws(LinearPatternError) -> ScalarSet? {
        guard let letter = current else { return nil }
        let set: ScalarSet
        switch letter {
        case "d": set = .digit
        case "D": set = ScalarSet.digit.negated
        case "w": set = .word
        case "W": set = ScalarSet.word.negated
        case "s": set = .space
        case "S": set = ScalarSet.space.negated
        case "p", "P": return try readProperty(negated: letter == "P", start: start)
        default: return nil
        }
        at += 1
        return set
    }

    private mutating func readProperty(negated: Bool, start: Int) throws(LinearPatternError) -> ScalarSet {
        at += 1
        var name = String.UnicodeScalarView()
        guard skip("{") else { throw fault("expected a property in braces", at: start) }
        while let scalar = current, scalar != "}" {
            name.append(scalar)
            at += 1
        }
        guard skip("}") else { throw fault("the braces of the property are not closed", at: start) }
        guard let property = ScalarProperty(named: String(name)) else {
            throw fault("this Unicode property is not supported", at: start)
        }
        let set = ScalarSet(property)
        return negated ? set.negated : set
    }

    /// An escape that stands for one scalar, at the letter.
    mutating func readScalarEscape(start: Int) throws(LinearPatternError) -> Unicode.Scalar {
        guard let letter = current else { throw fault("the pattern ends in a backslash", at: start) }
        at += 1
        switch letter {
        case "t": return "\t"
        case "n": return "\n"
        case "v": return "\u{B}"
        case "f": return "\u{C}"
        case "r": return "\r"
        case "0":
            if let next = current, ("0"..."9").contains(next) {
                throw fault("octal escapes are not supported", at: start)
            }
            return "\0"
        case "c":
            guard let control = current, control.isASCII, control.properties.isAlphabetic else {
                throw fault("expected a letter after \\c", at: start)
            }
            at += 1
            return Unicode.Scalar(UInt8(control.value & 31))
        case "x": return try scalar(readHexadecimal(digits: 2), start: start)
        case "u": return try readUnicodeEscape(start: start)
        default:
            guard letter.isASCII, !letter.properties.isAlphabetic, !("0"..."9").contains(letter) else {
                throw fault("unknown escape", at: start)
            }
            return letter
        }
    }

    /// After `\u`: four digits, a pair of surrogates, or digits in braces.
    private mutating func readUnicodeEscape(start: Int) throws(LinearPatternError) -> Unicode.Scalar {
        if skip("{") {
            var value: UInt32 = 0
            let digits = at
            while let digit = current.flatMap({ UInt8(exactly: $0.value)?.hexadecimal }), value <= 0x10FFFF {
                value = value << 4 | digit
                at += 1
            }
            guard at > digits, skip("}") else { throw fault("expected hexadecimal digits in braces", at: start) }
            return try scalar(value, start: start)
        }
        let unit = readHexadecimal(digits: 4)
        if let unit, (0xD800..<0xDC00).contains(unit), skip("\\u"), let low = readHexadecimal(digits: 4),
            (0xDC00..<0xE000).contains(low)
        {
            return try scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00), start: start)
        }
        return try scalar(unit, start: start)
    }

    private mutating func readHexadecimal(digits: Int) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = current.flatMap({ UInt8(exactly: $0.value)?.hexadecimal }) else { return nil }
            value = value << 4 | digit
            at += 1
        }
        return value
    }

    private func scalar(_ value: UInt32?, start: Int) throws(LinearPatternError) -> Unicode.Scalar {
        guard let scalar = value.flatMap(Unicode.Scalar.init) else {
            throw fault("the escape is no Unicode character", at: start)
        }
        return scalar
    }
}
