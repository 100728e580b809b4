/// Numbers as text, written in place: a `String` of each costs more than the digits.
package enum DecimalText {
    /// The digits of the greatest number.
    package static let countMax = 20

    /// - Parameter target: room for `countMax` bytes.
    /// - Returns: how many were written.
    package static func write(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digitCount(value)
        var place = count
        var rest = value
        while rest >= 100 {
            let quotient = rest / 100
            place -= 2
            writePair(rest &- quotient &* 100, to: target + place)
            rest = quotient
        }
        if rest >= 10 { writePair(rest, to: target) } else { target[0] = 0x30 + UInt8(truncatingIfNeeded: rest) }
        return count
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count += 4
        }
        return count + (rest >= 10 ? 1 : 0) + (rest >= 100 ? 1 : 0) + (rest >= 1_000 ? 1 : 0)
    }

    /// - Parameter value: below 100.
    @inline(__always)
    private static func writePair(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        target.update(from: pairs.utf8Start + 2 * Int(truncatingIfNeeded: value), count: 2)
    }

    /// All numbers of two digits.
    private static var pairs: StaticString {
        """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354\
        555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
    }
}
