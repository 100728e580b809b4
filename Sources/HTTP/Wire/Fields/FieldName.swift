/// Comparisons of input with names known when this was written.
enum FieldName {
    /// Whether the bytes of `range` are `name` (lower case, ASCII) but for the case of letters.
    @inline(__always)
    static func equals(_ input: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
        range.count == name.utf8CodeUnitCount && hasPrefix(input, range, name)
    }

    /// Whether the bytes of `range` begin with `name` (lower case, ASCII, of letters, digits and `-`) but for the case
    /// of letters.
    static func hasPrefix(_ input: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard range.count >= count, range.upperBound <= input.count else { return false }
        // Eight bytes at a time: a letter is the same as its lower case once bit 5 is set, and so is what else a name
        // has. The only other byte that becomes one of these is a control character, which no field holds.
        // The pointer is to the literal's own bytes, and all that is read of it is below their number.
        let known = UnsafeRawPointer(name.utf8Start)
        let bytes = input.bytes
        var offset = 0
        while offset + 8 <= count {
            let word = bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound + offset, as: UInt64.self)
            guard word | 0x2020_2020_2020_2020 == known.loadUnaligned(fromByteOffset: offset, as: UInt64.self) else {
                return false
            }
            offset += 8
        }
        while offset < count {
            guard input[range.lowerBound + offset] | 0x20 == name.utf8Start[offset] else { return false }
            offset += 1
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
