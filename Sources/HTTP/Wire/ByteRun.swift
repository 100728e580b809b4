/// Finds where runs of bytes end, eight bytes at a time: values of fields are most of what a head consists of.
enum ByteRun {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// The place of the first byte from `start` on that no value holds (RFC 9110 §5.5), or `bound`.
    static func fieldValue(_ input: Span<UInt8>, from start: Int, to bound: Int) -> Int {
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

    /// The place of the first line feed from `start` on, or `bound`.
    static func line(_ input: Span<UInt8>, from start: Int, to bound: Int) -> Int {
        let bound = min(bound, input.count)
        var index = start
        let bytes = input.bytes
        while index + 8 <= bound {
            // Below `bound`, which is within the input.
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self) ^ (ones &* 0x0A)
            if (word &- ones) & ~word & highs != 0 { break }
            index += 8
        }
        while index < bound, input[index] != Octet.lineFeed { index += 1 }
        return index
    }

    /// The place of the first carriage return or line feed from `start` on, or the end.
    static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let feeds = word ^ (ones &* 0x0A)
            let returns = word ^ (ones &* 0x0D)
            if (((feeds &- ones) & ~feeds) | ((returns &- ones) & ~returns)) & highs != 0 { break }
            index += 8
        }
        while index < bytes.count, bytes[index] != Octet.lineFeed, bytes[index] != Octet.carriageReturn { index += 1 }
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
