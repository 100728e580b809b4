/// Eight string bytes at once (the "has zero byte" test of Mycroft, 1987). The lowest flagged byte is exact; a borrow
/// can flag wrongly only above a true hit, so callers may use the lowest one and nothing else.
enum StringWord {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Top bits of the bytes that end a plain run: quote, backslash, control character, or not ASCII.
    @inline(__always)
    static func stops(_ word: UInt64) -> UInt64 {
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- (ones &* 0x20)
        return (quotes | backslashes | controls | word) & highs
    }

    /// Top bits of the bytes that a writer must escape: quote, backslash or control character. Bytes above 0x7F pass.
    @inline(__always)
    static func escapes(_ word: UInt64) -> UInt64 {
        let quotes = (word ^ (ones &* 0x22)) &- ones
        let backslashes = (word ^ (ones &* 0x5C)) &- ones
        let controls = word &- (ones &* 0x20)
        return (quotes | backslashes | controls) & ~word & highs
    }
}
