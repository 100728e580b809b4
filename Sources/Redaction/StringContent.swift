/// What a JSON string with escapes in it says, and where each byte of that stands in the string. Lenient: what is no
/// escape stands for itself, and half of a surrogate pair is U+FFFD.
struct StringContent {
    private(set) var bytes: [UInt8] = []
    /// One more than there are bytes: the end.
    private var places: [Int] = []

    /// - Parameter source: without the quotes.
    init(_ source: ArraySlice<UInt8>) {
        bytes.reserveCapacity(source.count)
        places.reserveCapacity(source.count + 1)
        var index = source.startIndex
        while index < source.endIndex {
            guard source[index] == UInt8(ascii: "\\"), index + 1 < source.endIndex else {
                bytes.append(source[index])
                places.append(index)
                index += 1
                continue
            }
            index += appendEscape(source[index...])
        }
        places.append(source.endIndex)
    }

    /// Where in the source a range of `bytes` stands.
    func source(of range: Range<Int>) -> Range<Int> {
        places[range.lowerBound]..<places[range.upperBound]
    }

    /// - Returns: how many bytes of the source it took.
    private mutating func appendEscape(_ source: ArraySlice<UInt8>) -> Int {
        let start = source.startIndex
        switch source[start + 1] {
        case UInt8(ascii: "n"): append([0x0A], at: start)
        case UInt8(ascii: "t"): append([0x09], at: start)
        case UInt8(ascii: "r"): append([0x0D], at: start)
        case UInt8(ascii: "b"): append([0x08], at: start)
        case UInt8(ascii: "f"): append([0x0C], at: start)
        case UInt8(ascii: "u"):
            guard let unit = Self.unit(source[start...]) else {
                append([source[start + 1]], at: start)
                return 2
            }
            if unit & 0xFC00 == 0xD800, let low = Self.unit(source.dropFirst(6)), low & 0xFC00 == 0xDC00 {
                append(scalar: 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF, at: start)
                return 12
            }
            append(scalar: unit, at: start)
            return 6
        case let byte: append([byte], at: start)
        }
        return 2
    }

    private mutating func append(_ some: [UInt8], at place: Int) {
        for byte in some {
            bytes.append(byte)
            places.append(place)
        }
    }

    private mutating func append(scalar: UInt32, at place: Int) {
        append(Array(String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8), at: place)
    }

    /// The four hexadecimal digits of a `\u` that the slice begins with.
    private static func unit(_ source: ArraySlice<UInt8>) -> UInt32? {
        let start = source.startIndex
        guard source.count >= 6, source[start] == UInt8(ascii: "\\"), source[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for byte in source[(start + 2)..<(start + 6)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return unit
    }
}
