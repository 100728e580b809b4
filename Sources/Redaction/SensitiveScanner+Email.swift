/// E-mail addresses as people have them: the quoted and the commented ones of RFC 5322 are left alone.
extension SensitiveScanner {
    /// At an `@`. What is looked at on either side lies between this one and its neighbours.
    func email() -> SensitiveMatch? {
        guard let upper = endOfDomain(from: at + 1) else { return nil }
        var lower = at
        while lower > floor, isLocal(lower - 1) { lower -= 1 }
        // A quote or a dash that stands before the address is none of its own.
        while lower < at, bytes[lower] < 0x80, !bytes[lower].isWord, bytes[lower] != UInt8(ascii: "_") { lower += 1 }
        return lower < at ? SensitiveMatch(.email, lower..<upper) : nil
    }

    /// Two labels or more, of which the last begins with a letter: `lodash@4.17.21` and `user@localhost` are none.
    private func endOfDomain(from start: Int) -> Int? {
        var index = start
        var label = start
        var labels = 0
        var upper: Int?
        while true {
            while index < end, isHost(index) { index += 1 }
            guard index > label else { break }
            labels += 1
            if labels > 1, index - label > 1, !bytes[label].isDigit, bytes[label] != UInt8(ascii: "-") { upper = index }
            guard index < end, bytes[index] == UInt8(ascii: ".") else { break }
            index += 1
            label = index
        }
        guard var upper else { return nil }
        while bytes[upper - 1] == UInt8(ascii: "-") { upper -= 1 }
        return upper
    }

    private func isLocal(_ index: Int) -> Bool {
        switch bytes[index] {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "'"):
            true
        case let byte: byte.isWord || isNarrow(index, byte)
        }
    }

    private func isHost(_ index: Int) -> Bool {
        let byte = bytes[index]
        return byte.isWord || byte == UInt8(ascii: "-") || isNarrow(index, byte)
    }

    /// A part of a letter of two bytes. Longer ones are mostly of scripts that do without spaces: an address would
    /// take the sentence around it along.
    private func isNarrow(_ index: Int, _ byte: UInt8) -> Bool {
        byte.isNarrowLead || (byte.isContinuation && index > floor && bytes[index - 1].isNarrowLead)
    }
}
