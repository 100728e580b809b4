/// Finds what is sensitive in text, from left to right, without overlaps, in a time that is linear in its length: at
/// each byte it looks at no more than a bounded number of others, but for runs that are looked at once.
///
/// What was found counts as a boundary for what follows, so that in a text with placeholders there is no more to be
/// found.
package struct SensitiveScanner<Bytes: RandomAccessCollection> where Bytes.Element == UInt8, Bytes.Index == Int {
    let bytes: Bytes
    let end: Int
    /// The end of the last match; nothing before it is looked at again.
    private(set) var floor: Int
    /// Where it stands.
    private(set) var at: Int
    /// No JSON Web Token begins before this: the run up to it is followed by none of what would make it one.
    var tokenFloor: Int
    /// The end of a key block was looked for to the end of the text, and there is none.
    var hasNoFurtherKeyEnd = false

    package init(_ bytes: Bytes) {
        self.bytes = bytes
        end = bytes.endIndex
        floor = bytes.startIndex
        at = bytes.startIndex
        tokenFloor = bytes.startIndex
    }

    /// The next one; nil at the end.
    package mutating func next() -> SensitiveMatch? {
        while at < end {
            if let match = match(beginning: bytes[at]) {
                floor = match.range.upperBound
                at = floor
                return match
            }
            at += 1
        }
        return nil
    }

    private mutating func match(beginning byte: UInt8) -> SensitiveMatch? {
        switch byte {
        case UInt8(ascii: "@"): return email()
        case UInt8(ascii: "-"): return keyBlock()
        case UInt8(ascii: "+"): return isFree ? internationalPhone() : nil
        case UInt8(ascii: "("): return isFree ? nationalPhone() : nil
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            guard isFree, !followsDecimalPoint else { return nil }
            return card() ?? nationalPhone()
        default:
            guard byte.isLetter, isFree else { return nil }
            return secret(beginning: byte) ?? iban()
        }
    }

    // MARK: Neighbours

    /// Whether what stands before is no part of the same word.
    private var isFree: Bool { at == floor || !bytes[at - 1].isWord }

    /// The digits behind the point of a number, as embeddings are full of.
    private var followsDecimalPoint: Bool {
        at - floor >= 2 && bytes[at - 1] == UInt8(ascii: ".") && bytes[at - 2].isDigit
    }

    /// Whether a number or a key may end before `index`.
    func isEnd(_ index: Int) -> Bool {
        guard index < end else { return true }
        if bytes[index] == UInt8(ascii: "."), index + 1 < end { return !bytes[index + 1].isDigit }
        return !bytes[index].isWord
    }

    func isDigit(_ index: Int) -> Bool { index < end && bytes[index].isDigit }

    func hasText(_ text: StaticString, at index: Int) -> Bool {
        guard end - index >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for (offset, byte) in text.enumerated() where bytes[index + offset] != byte { return false }
            return true
        }
    }

    /// The first index from `index` on whose byte is none of those.
    func endOfRun(from index: Int, _ belongs: (UInt8) -> Bool) -> Int {
        var index = index
        while index < end, belongs(bytes[index]) { index += 1 }
        return index
    }
}
