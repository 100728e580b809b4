/// Finds where runs of bytes end, eight bytes at a time: names and values of fields are most of what a head is.
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
            let ends = ends(word)
            if ends == 0 {
                index += 8
                continue
            }
            index += ends.trailingZeroBitCount >> 3
            guard input[index] == Octet.tab else { return index }
            index += 1
        }
        while index < bound, Octet.isFieldValue(input[index]) { index += 1 }
        return index
    }

    /// The place of the first byte from `start` on that is neither a letter nor a hyphen, which nearly all bytes of
    /// names are, or of one of the last seven before `bound`: from there on it is to be looked at byte by byte.
    static func name(_ input: Span<UInt8>, from start: Int, to bound: Int) -> Int {
        let bound = min(bound, input.count)
        var index = start
        let bytes = input.bytes
        while index + 8 <= bound {
            // Below `bound`, which is within the input.
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let ends = ~(letters(word) | hyphens(word)) & highs
            if ends != 0 { return index + ends.trailingZeroBitCount >> 3 }
            index += 8
        }
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
            let feeds = (word &- ones) & ~word & highs
            // The lowest of its bits is right: what it errs on stands above a byte that it is right on.
            if feeds != 0 { return index + feeds.trailingZeroBitCount >> 3 }
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

    /// The high bits of the bytes that are control characters (the "has zero byte" test of Mycroft, 1987). The lowest
    /// of them is right: it errs on bytes above one that it is right on.
    @inline(__always)
    private static func ends(_ word: UInt64) -> UInt64 {
        let controls = word &- (ones &* 0x20)
        let deletes = (word ^ (ones &* 0x7F)) &- ones
        return (controls | deletes) & ~word & highs
    }

    /// The high bits of the bytes that are ASCII letters. No sum carries: none is above 0xFF.
    @inline(__always)
    private static func letters(_ word: UInt64) -> UInt64 {
        let folded = (word | (ones &* 0x20)) & ~highs
        return (folded &+ (ones &* 0x1F)) & ~(folded &+ (ones &* 0x05)) & ~word & highs
    }

    /// The high bits of the bytes that are hyphens, exactly.
    @inline(__always)
    private static func hyphens(_ word: UInt64) -> UInt64 {
        let others = word ^ (ones &* 0x2D)
        return ~(((others & ~highs) &+ ~highs) | others) & highs
    }
}
