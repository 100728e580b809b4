/// Where the wanted keys of one object stand in its bytes, found in one pass that also checks the whole text. Nothing
/// is decoded and no tree is built: for the hot path, which reads a few fields of a request and passes the rest on
/// untouched.
package struct FieldScan: Sendable {
    /// One member: byte ranges in the input that was scanned.
    package struct Field: Sendable, Hashable {
        /// The key with its quotes; empty for an element of an array.
        package let key: Range<Int>
        /// The value; for a string with its quotes.
        package let value: Range<Int>
        /// What the value is.
        package let kind: Kind
    }

    /// The kind of a field's value.
    package typealias Kind = JSONKind

    /// How many keys can be looked for.
    package static let countMax = FieldPlaces.countMax

    private let wanted: [StaticString]
    /// Behind a reference, so that a scan is passed on by a word.
    private let places: FieldPlaces

    /// The object's own opening brace.
    package let openingBraceOffset: Int
    /// The object's own closing brace: where further members would be inserted.
    package let closingBraceOffset: Int
    /// How many members the object has, wanted or not.
    package let memberCount: Int

    /// Whether it has no member at all, so that the first one inserted needs no comma.
    package var isEmptyObject: Bool { memberCount == 0 }

    /// Checks a whole document (RFC 8259, UTF-8, surrogate pairs, depth), which must be an object of less than 4 GiB.
    /// - Parameters:
    ///   - wanted: at most `countMax` keys of the object itself, compared after `\u` escapes are decoded.
    ///   - depthMax: containers inside one another, the object included; never more than 512.
    /// - Throws: the first fault; a wanted key that occurs twice is one.
    package init(_ bytes: [UInt8], wanted: [StaticString], depthMax: Int = 512) throws(JSONError) {
        try self.init(bytes, within: bytes.indices, wanted: wanted, depthMax: depthMax)
    }

    /// The same for an object inside a larger text, such as the value of a field found before.
    package init(
        _ bytes: [UInt8], within range: Range<Int>, wanted: [StaticString], depthMax: Int = 512
    ) throws(JSONError) {
        precondition(wanted.count <= Self.countMax, "a scan has room for so many keys")
        guard bytes.count < Int(UInt32.max) else { throw JSONError(offset: 0, reason: "the text is too long") }
        self = try bytes.walking(range: range, depthMax: depthMax) { walker throws(JSONError) in
            try FieldScan(&walker, wanted: wanted)
        }
    }

    private init(_ walker: inout JSONWalker, wanted: [StaticString]) throws(JSONError) {
        self.wanted = wanted
        places = FieldPlaces()
        var memberCount = 0
        walker.skipWhitespace()
        guard walker.current == .openBrace, walker.depthMax > 0 else {
            throw walker.failure(walker.current == .openBrace ? "nested too deeply" : "expected a JSON object")
        }
        openingBraceOffset = walker.at
        walker.at += 1
        walker.skipWhitespace()
        if walker.current != .closeBrace {
            members: while true {
                let (key, escaped) = try walker.skipKey()
                let start = walker.at
                try walker.skipValue(depth: 1)
                memberCount += 1
                if let index = try walker.index(of: key, escaped: escaped, in: wanted) {
                    guard places[index].valueEnd == 0, let kind = walker.kind(of: walker.base[start]) else {
                        throw walker.failure("the key \"\(wanted[index])\" occurs twice", at: key.lowerBound)
                    }
                    places[index] = FieldPlaces.Place(
                        keyStart: UInt32(key.lowerBound), keyEnd: UInt32(key.upperBound), valueStart: UInt32(start),
                        valueEnd: UInt32(walker.at), kind: kind)
                }
                walker.skipWhitespace()
                switch walker.current {
                case .comma:
                    walker.at += 1
                    walker.skipWhitespace()
                case .closeBrace: break members
                default: throw walker.failure("expected ',' or '}' in an object")
                }
            }
        }
        closingBraceOffset = walker.at
        walker.at += 1
        try walker.requireEnd()
        self.memberCount = memberCount
    }

    /// The field of a wanted key; nil when the object does not have it. A key that was not wanted is never found.
    package subscript(_ key: StaticString) -> Field? {
        for (index, candidate) in wanted.enumerated() where candidate.isSameText(as: key) { return places[index].field }
        return nil
    }

    /// The field of the wanted key at `index` of the list that was given.
    package subscript(_ index: Int) -> Field? { places[index].field }
}

extension StaticString {
    fileprivate func isSameText(as other: StaticString) -> Bool {
        withUTF8Buffer { left in
            other.withUTF8Buffer { right in left.count == right.count && left.elementsEqual(right) }
        }
    }
}

extension JSONWalker {
    /// Which of `wanted` the key in `range` (quotes included) is.
    @inline(__always)
    fileprivate func index(
        of range: Range<Int>, escaped: Bool, in wanted: [StaticString]
    ) throws(JSONError) -> Int? {
        if escaped {
            let key = try text(range.lowerBound + 1..<range.upperBound - 1, escaped: true)
            return wanted.firstIndex { candidate in
                candidate.withUTF8Buffer { $0.elementsEqual(key.utf8) }
            }
        }
        let start = range.lowerBound &+ 1
        let length = range.count &- 2
        for index in wanted.indices where wanted[index].utf8CodeUnitCount == length {
            let same = wanted[index].withUTF8Buffer { candidate in
                var offset = 0
                while offset < length, candidate[offset] == base[start &+ offset] { offset &+= 1 }
                return offset == length
            }
            if same { return index }
        }
        return nil
    }
}
