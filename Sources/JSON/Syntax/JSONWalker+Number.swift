extension JSONWalker {
    /// Skips a number whose first byte is at `at` (RFC 8259 section 6).
    /// - Returns: whether it is written as an integer: no fraction, no exponent.
    @inline(__always)
    mutating func skipNumber() throws(JSONError) -> Bool {
        if base[at] == UInt8(ascii: "-") { at &+= 1 }
        guard current.isASCIIDigit else { throw failure("expected a digit in a number") }
        if base[at] == UInt8(ascii: "0") {
            at &+= 1
            guard !current.isASCIIDigit else { throw failure("a number must not start with a zero") }
        } else {
            skipDigits()
        }
        var integral = true
        if current == UInt8(ascii: ".") {
            integral = false
            at &+= 1
            guard current.isASCIIDigit else { throw failure("expected a digit after the point of a number") }
            skipDigits()
        }
        if current | 0x20 == UInt8(ascii: "e") {
            integral = false
            at &+= 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { at &+= 1 }
            guard current.isASCIIDigit else { throw failure("expected a digit in the exponent of a number") }
            skipDigits()
        }
        return integral
    }

    @inline(__always)
    private mutating func skipDigits() {
        while at < end, base[at].isASCIIDigit { at &+= 1 }
    }

    /// The integer written in `range`, when it is one that Int64 holds exactly; minus zero is not.
    func integer(_ range: Range<Int>) -> Int64? {
        let negative = base[range.lowerBound] == UInt8(ascii: "-")
        var value: Int64 = 0
        for index in range.dropFirst(negative ? 1 : 0) {
            let digit = Int64(base[index] &- 0x30)
            let (scaled, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (next, tooLargeStill) =
                negative ? scaled.subtractingReportingOverflow(digit) : scaled.addingReportingOverflow(digit)
            if tooLarge || tooLargeStill { return nil }
            value = next
        }
        return negative && value == 0 ? nil : value
    }

    /// The nearest double to the number written in `range`.
    func double(_ range: Range<Int>) throws(JSONError) -> Double {
        let text = String(
            decoding: UnsafeBufferPointer(start: base + range.lowerBound, count: range.count), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw failure("the number is too large", at: range.lowerBound)
        }
        return value
    }
}
