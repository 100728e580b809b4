/// The one implementation of RFC 8259's grammar: every parser, scanner and validator here steps with it, so that no two
/// of them can disagree about what is JSON. It moves over borrowed bytes and builds nothing.
struct JSONWalker {
    // A raw pointer, because the bounds are checked once per token here rather than once per byte; it is never kept
    // beyond the closure of `withUnsafeBufferPointer` that lent it, and every read is below `end`.
    let base: UnsafePointer<UInt8>
    /// One past the last byte that may be read.
    let end: Int
    /// The next byte to read.
    var at: Int
    let depthMax: Int

    /// Containers deeper than this are refused whatever the caller asks for: values are trees, and walking, comparing
    /// and freeing a tree costs stack per level.
    static let depthCeiling = 512

    init(_ bytes: UnsafeBufferPointer<UInt8>, range: Range<Int>, depthMax: Int) {
        // A dangling base is never read from: the range is then empty.
        base = bytes.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
        at = range.lowerBound
        end = range.upperBound
        self.depthMax = max(0, min(depthMax, Self.depthCeiling))
    }

    /// The byte at `at`, or zero (which no token starts with) at the end.
    @inline(__always)
    var current: UInt8 { at < end ? base[at] : 0 }

    func failure(_ reason: String, at offset: Int? = nil) -> JSONError {
        let offset = offset ?? at
        return JSONError(offset: offset, reason: offset >= end ? "\(reason) (the text ends early)" : reason)
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while at < end, base[at] <= 0x20, base[at].isJSONWhitespace { at &+= 1 }
    }

    /// After the value of a document: nothing but whitespace may follow.
    mutating func requireEnd() throws(JSONError) {
        skipWhitespace()
        guard at == end else { throw failure("expected the end of the text after the JSON value") }
    }

    func kind(of byte: UInt8) -> JSONKind? {
        switch byte {
        case .quote: .string
        case .openBrace: .object
        case .openBracket: .array
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "-"), 0x30...0x39: .number
        default: nil
        }
    }

    /// Skips one value that is not a container, whose first byte is at `at`.
    @inline(__always)
    mutating func skipScalar() throws(JSONError) {
        switch current {
        case .quote: _ = try skipString()
        case UInt8(ascii: "-"), 0x30...0x39: _ = try skipNumber()
        case UInt8(ascii: "t"): try skipLiteral("true")
        case UInt8(ascii: "f"): try skipLiteral("false")
        case UInt8(ascii: "n"): try skipLiteral("null")
        default: throw failure("expected a JSON value")
        }
    }

    mutating func skipLiteral(_ literal: StaticString) throws(JSONError) {
        let length = literal.utf8CodeUnitCount
        guard end - at >= length else { throw failure("expected a JSON value") }
        // A StaticString of more than one scalar is always stored by pointer.
        for index in 0..<length where base[at + index] != literal.utf8Start[index] {
            throw failure("expected a JSON value")
        }
        at += length
    }
}
