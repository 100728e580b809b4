/// Payment cards and bank accounts, which prove themselves by a check digit.
extension SensitiveScanner {
    /// At a digit: 13 to 19 of them in groups, with the check digit of ISO/IEC 7812 (Luhn). The first digit is that of
    /// the schemes in use; 1, in particular, begins every Unix time in milliseconds.
    func card() -> SensitiveMatch? {
        guard (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(bytes[at]) else { return nil }
        var luhn = LuhnSum()
        var upper: Int?
        var index = at
        while luhn.count < 20 {
            let group = index
            while luhn.count < 20, isDigit(index) {
                luhn.add(bytes[index] - UInt8(ascii: "0"))
                index += 1
            }
            if (13...19).contains(luhn.count), luhn.isValid, isEnd(index), !isDigit(index) { upper = index }
            // Only the last group may be short: lists of small numbers are no card.
            let gap = gap(at: index)
            guard index - group >= 3, gap > 0, isDigit(index + gap) else { break }
            index += gap
        }
        return upper.map { SensitiveMatch(.card, at..<$0) }
    }

    /// At a letter: an IBAN (ISO 13616), in groups of four or in one piece, with its check digits.
    func iban() -> SensitiveMatch? {
        guard at + 4 < end, bytes[at + 1].isLetter, bytes[at + 2].isDigit, bytes[at + 3].isDigit else { return nil }
        var sum = IBANSum()
        var upper: Int?
        var index = at + 4
        var groupCount = 4
        var isGrouped = false
        while index < end, sum.count <= 30 {
            let byte = bytes[index]
            if byte.isWord {
                guard groupCount < 4 || !isGrouped, byte.isDigit || byte.isUpper || !isGrouped else { break }
                sum.add(byte)
                groupCount += 1
                index += 1
                if (11...30).contains(sum.count), isEnd(index), sum.isValid(head: bytes[at..<at + 4]) { upper = index }
            } else {
                let gap = gap(at: index)
                guard gap > 0, groupCount == 4, isGrouped || sum.count == 0 else { break }
                isGrouped = true
                groupCount = 0
                index += gap
            }
        }
        return upper.map { SensitiveMatch(.iban, at..<$0) }
    }

    /// How many bytes the one space or dash at `index` takes; 0 for anything else. Models write the narrow and the
    /// unbreakable ones (U+00A0, U+202F, U+2010 to U+2013).
    func gap(at index: Int) -> Int {
        guard index < end else { return 0 }
        switch bytes[index] {
        case UInt8(ascii: " "), UInt8(ascii: "-"): return 1
        case 0xC2: return index + 1 < end && bytes[index + 1] == 0xA0 ? 2 : 0
        case 0xE2:
            guard index + 2 < end, bytes[index + 1] == 0x80 else { return 0 }
            return (0x90...0x93).contains(bytes[index + 2]) || bytes[index + 2] == 0xAF ? 3 : 0
        default: return 0
        }
    }
}
