import HTTP

/// A time until a limit is whole again, as OpenAI writes it in `x-ratelimit-reset-…`: `612ms`, `7.66s`, `6m0s`.
enum ResetTime {
    /// Two numbers, a point and two letters.
    static let countMax = 2 * DecimalText.countMax + 3

    /// - Parameters:
    ///   - nanoseconds: rounded up to milliseconds, and from a second on down to hundredths.
    ///   - target: room for `countMax` bytes.
    /// - Returns: how many bytes were written.
    static func write(_ nanoseconds: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0)
        if milliseconds < 1_000 { return number(milliseconds, "ms", to: target) }
        guard milliseconds < 60_000 else {
            let count = number(milliseconds / 60_000, "m", to: target)
            return count + number(milliseconds % 60_000 / 1_000, "s", to: target + count)
        }
        let rest = milliseconds % 1_000 / 10
        guard rest > 0 else { return number(milliseconds / 1_000, "s", to: target) }
        let count = number(milliseconds / 1_000, rest < 10 ? ".0" : ".", to: target)
        return count + number(rest, "s", to: target + count)
    }

    private static func number(_ value: UInt64, _ end: StaticString, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let count = DecimalText.write(value, to: target)
        end.withUTF8Buffer { end in
            for index in end.indices { target[count + index] = end[index] }
        }
        return count + end.utf8CodeUnitCount
    }
}
