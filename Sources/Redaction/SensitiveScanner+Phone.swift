/// Telephone numbers that can be told from other numbers: by their `+` or their zeros, or by their groups.
extension SensitiveScanner {
    /// At a `+`: 8 to 15 digits (E.164), with what people put between them.
    func internationalPhone() -> SensitiveMatch? {
        guard at == floor || bytes[at - 1] != UInt8(ascii: "+"), isDigit(at + 1), bytes[at + 1] != UInt8(ascii: "0")
        else { return nil }
        return phone(from: at + 1, counts: 8...15) { _ in true }
    }

    /// At a digit or a bracket.
    func nationalPhone() -> SensitiveMatch? {
        let isBracketed = bytes[at] == UInt8(ascii: "(")
        let first = isBracketed ? at + 1 : at
        guard isDigit(first), isDigit(first + 1) else { return nil }
        guard bytes[first] == UInt8(ascii: "0") else { return northAmericanPhone(from: first, isBracketed) }
        if bytes[first + 1] == UInt8(ascii: "0") {
            // 00 and a country.
            guard isDigit(first + 2), bytes[first + 2] != UInt8(ascii: "0") else { return nil }
            return phone(from: first, counts: 10...17) { _ in true }
        }
        // A trunk zero: a prefix of three digits or more and a number, or five pairs.
        return phone(from: first, counts: 9...12) { shape in
            shape.groups > 1 && shape.shortest > 1
                && (shape.first > 2 || (shape.groups == 5 && shape.longest == 2))
        }
    }

    private struct Shape {
        var groups = 0
        var first = 0
        var shortest = Int.max
        var longest = 0

        mutating func add(_ count: Int) {
            if groups == 0 { first = count }
            groups += 1
            shortest = min(shortest, count)
            longest = max(longest, count)
        }
    }

    /// The longest run of whole groups from `start` that has so many digits and such a shape.
    private func phone(
        from start: Int, counts: ClosedRange<Int>, where fits: (Shape) -> Bool
    ) -> SensitiveMatch? {
        var shape = Shape()
        var count = 0
        var index = start
        var upper: Int?
        while count <= counts.upperBound {
            let group = index
            while isDigit(index), count <= counts.upperBound {
                count += 1
                index += 1
            }
            shape.add(index - group)
            if counts.contains(count), fits(shape), isEnd(index) { upper = index }
            guard let next = nextGroup(from: index) else { break }
            index = next
        }
        return upper.map { SensitiveMatch(.phone, at..<$0) }
    }

    /// Past one separator, with a bracket on either side of it.
    private func nextGroup(from index: Int) -> Int? {
        var next = index
        var isSeparated = false
        if next < end, bytes[next] == UInt8(ascii: ")") {
            next += 1
            isSeparated = true
        }
        let gap = gap(at: next)
        if gap > 0 {
            next += gap
            isSeparated = true
        } else if next < end, bytes[next] == UInt8(ascii: ".") || bytes[next] == UInt8(ascii: "/") {
            next += 1
            isSeparated = true
        }
        if next < end, bytes[next] == UInt8(ascii: "(") {
            next += 1
            isSeparated = true
        }
        return isSeparated && isDigit(next) ? next : nil
    }

    /// 415-555-2671 and its like: three, three and four digits, of which neither three begin with 0 or 1.
    private func northAmericanPhone(from first: Int, _ isBracketed: Bool) -> SensitiveMatch? {
        var index = first
        for (number, length) in [3, 3, 4].enumerated() {
            let group = index
            while isDigit(index), index - group <= length { index += 1 }
            guard index - group == length, number == 2 || bytes[group] > UInt8(ascii: "1") else { return nil }
            if number == 2 { break }
            if number == 0, isBracketed, index < end, bytes[index] != UInt8(ascii: ")") { return nil }
            guard let next = nextGroup(from: index) else { return nil }
            index = next
        }
        return isEnd(index) ? SensitiveMatch(.phone, at..<index) : nil
    }
}
