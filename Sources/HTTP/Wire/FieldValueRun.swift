/// Finds the end of a field's value, eight bytes at a time: values are most of what a head consists of.
enum FieldValueRun {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The place of the first byte from `start` on that no value holds (RFC 9110 §5.5), or `bound`.
    static func end(_ input: Span<UInt8>, from start: Int, to bound: Int) -> Int {
        let bound = min(bound, input.count)
        var index = start
        let bytes = input.bytes
        while index + 8 <= bound {
            // Below `bound`, which is within the input.
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            if mayEnd(word) { break }
            index += 8
        }
        while index < bound, Octet.isFieldValue(input[index]) { index += 1 }
        return index
    }

    /// Whether some byte may be a control character (the "has zero byte" test of Mycroft, 1987, which errs on the safe
    /// side only).
    @inline(__always)
    private static func mayEnd(_ word: UInt64) -> Bool {
        let controls = word &- (ones &* 0x20)
        let deletes = (word ^ (ones &* 0x7F)) &- ones
        return (controls | deletes) & ~word & highs != 0
    }
}
