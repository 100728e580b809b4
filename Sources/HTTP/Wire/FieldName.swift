/// Comparisons of input with names known when this was written.
enum FieldName {
    /// Whether the bytes of `range` are `name` (lower case, ASCII) but for the case of letters.
    @inline(__always)
    static func equals(_ input: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
        range.count == name.utf8CodeUnitCount && hasPrefix(input, range, name)
    }

    /// Whether the bytes of `range` begin with `name` (lower case, ASCII) but for the case of letters.
    static func hasPrefix(_ input: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard range.count >= count else { return false }
        for offset in 0..<count {
            // The pointer is to the literal's own bytes, and `offset` stays below their number.
            guard Octet.lowercased(input[range.lowerBound + offset]) == name.utf8Start[offset] else { return false }
        }
        return true
    }

    /// Two names that some peers take for one: equal but for case and for `_` in place of `-`.
    static func areTwins(_ input: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count {
            let one = folded(input[left.lowerBound + offset])
            guard one == folded(input[right.lowerBound + offset]) else { return false }
        }
        return true
    }

    /// Equal but for case.
    static func areEqual(_ input: Span<UInt8>, _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count {
            let one = Octet.lowercased(input[left.lowerBound + offset])
            guard one == Octet.lowercased(input[right.lowerBound + offset]) else { return false }
        }
        return true
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : Octet.lowercased(byte)
    }
}
