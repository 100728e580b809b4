/// One text for JSON objects that nobody can tell apart: the object's own members by the bytes of their keys, no white
/// space, strings with no escape that RFC 8259 does not demand. All else stays as it is written: within values the
/// order of members (that of a schema's properties is the order in which a model writes them) and the spelling of
/// numbers (a prompt may show `1e16` otherwise than `10000000000000000`, and readers who take them for doubles differ
/// from those who do not). Two members of the same key stay in their order, since readers differ on which of them
/// holds.
///
/// One pass: whatever is canonical already is copied as it stands, from one white space or needless escape to the next;
/// the members are put in order at the end. Linear in the text but for the sorting of keys.
package struct CanonicalText {
    /// Where a member stands in what was written, with the comma behind it.
    private struct Member {
        let start: Int
        /// Behind the key's closing quote.
        let keyEnd: Int
        let end: Int
    }

    /// Members of the object itself at most: sorting them is the one part that is not linear.
    package static let membersMax = 4_096

    private static let insertedMax = 24

    private var output: [UInt8]
    /// From where on bytes of the text are still to be written, as they stand.
    private var run = 0
    private var members: [Member] = []

    /// Appends the canonical text of an object.
    /// - Parameters:
    ///   - bytes: a whole document.
    ///   - leavingOut: members of the object itself that are passed over.
    /// - Throws: for what is no JSON object, or one of more than `membersMax` members; `output` then holds nothing of
    ///   use.
    package static func append(
        _ bytes: [UInt8], leavingOut: [StaticString] = [], to output: inout [UInt8]
    ) throws(JSONError) {
        var text = CanonicalText(output: [])
        swap(&text.output, &output)
        defer { swap(&text.output, &output) }
        text.output.reserveCapacity(text.output.count + bytes.count + 2)
        text.members.reserveCapacity(16)
        try bytes.walking { walker throws(JSONError) in
            walker.skipWhitespace()
            guard walker.current == .openBrace else { throw walker.failure("expected a JSON object") }
            text.output.append(.openBrace)
            try text.writeMembers(&walker, leavingOut)
            try walker.requireEnd()
        }
        text.order()
    }

    // MARK: Members of the object itself

    private mutating func writeMembers(
        _ walker: inout JSONWalker, _ leavingOut: [StaticString]
    ) throws(JSONError) {
        walker.at += 1
        walker.skipWhitespace()
        if walker.current == .closeBrace {
            walker.at += 1
            return
        }
        while true {
            let quote = walker.at
            let (key, escaped) = try walker.skipKey()
            if !leavingOut.isEmpty, try Self.isAny(of: leavingOut, key, escaped, walker) {
                try walker.skipValue(depth: 1)
            } else {
                let start = output.count
                run = quote
                if escaped { try respell(key, walker) }
                flush(to: key.upperBound, walker)
                let keyEnd = output.count
                output.append(.colon)
                run = walker.at
                try write(&walker, depth: 1)
                flush(to: walker.at, walker)
                output.append(.comma)
                members.append(Member(start: start, keyEnd: keyEnd, end: output.count))
                guard members.count <= Self.membersMax else { throw walker.failure("too many members in an object") }
            }
            walker.skipWhitespace()
            let byte = walker.current
            guard byte == .comma || byte == .closeBrace else {
                throw walker.failure("expected ',' or '}' in an object")
            }
            walker.at += 1
            if byte == .closeBrace { return }
            walker.skipWhitespace()
        }
    }

    /// - Parameter key: with its quotes.
    private static func isAny(
        of names: [StaticString], _ key: Range<Int>, _ escaped: Bool, _ walker: JSONWalker
    ) throws(JSONError) -> Bool {
        guard escaped else {
            for name in names where name.utf8CodeUnitCount == key.count - 2 {
                var offset = 0
                // A StaticString of more than one scalar is always stored by pointer.
                while offset < key.count - 2, walker.base[key.lowerBound + 1 + offset] == name.utf8Start[offset] {
                    offset += 1
                }
                if offset == key.count - 2 { return true }
            }
            return false
        }
        let text = try walker.text(key.lowerBound + 1..<key.upperBound - 1, escaped: true)
        return names.contains { name in name.withUTF8Buffer { $0.elementsEqual(text.utf8) } }
    }

    /// Puts the members in order and closes the object. Most objects are short or sorted already.
    private mutating func order() {
        guard let first = members.first, let last = members.indices.last else { return output.append(.closeBrace) }
        let isSorted = members.indices.dropFirst().allSatisfy { !precedes(members[$0], members[$0 - 1]) }
        if !isSorted {
            var order = Array(members.indices)
            if order.count <= Self.insertedMax {
                insertionSort(&order)
            } else {
                // The number keeps equal keys in their order.
                order.sort { left, right in
                    precedes(members[left], members[right])
                        || (!precedes(members[right], members[left]) && left < right)
                }
            }
            let written = output[first.start...]
            var sorted: [UInt8] = []
            sorted.reserveCapacity(output.count)
            sorted += output[..<written.startIndex]
            for index in order { sorted += output[members[index].start..<members[index].end] }
            output = sorted
        }
        // In place of the last comma.
        output[members[last].end - 1] = .closeBrace
    }

    /// For members that are few.
    private func insertionSort(_ order: inout [Int]) {
        for index in 1..<order.count {
            let member = order[index]
            var place = index
            while place > 0, precedes(members[member], members[order[place - 1]]) {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = member
        }
    }

    /// Whether the key of one member is before that of another, byte for byte as they are written here.
    private func precedes(_ left: Member, _ right: Member) -> Bool {
        // Without their quotes.
        let leftCount = left.keyEnd - left.start - 2
        let rightCount = right.keyEnd - right.start - 2
        for offset in 1..<min(leftCount, rightCount) + 1 {
            let one = output[left.start + offset]
            let other = output[right.start + offset]
            if one != other { return one < other }
        }
        return leftCount < rightCount
    }

    // MARK: Values

    private mutating func write(_ walker: inout JSONWalker, depth: Int) throws(JSONError) {
        switch walker.current {
        case .openBrace: try writeContainer(&walker, depth: depth, isObject: true)
        case .openBracket: try writeContainer(&walker, depth: depth, isObject: false)
        case .quote: try writeString(&walker)
        default: try walker.skipScalar()
        }
    }

    private mutating func writeContainer(
        _ walker: inout JSONWalker, depth: Int, isObject: Bool
    ) throws(JSONError) {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        let close: UInt8 = isObject ? .closeBrace : .closeBracket
        walker.at += 1
        skipSpace(&walker)
        if walker.current == close {
            walker.at += 1
            return
        }
        while true {
            if isObject {
                guard walker.current == .quote else { throw walker.failure("expected a key in quotes") }
                try writeString(&walker)
                skipSpace(&walker)
                guard walker.current == .colon else { throw walker.failure("expected ':' after a key") }
                walker.at += 1
                skipSpace(&walker)
            }
            try write(&walker, depth: depth + 1)
            skipSpace(&walker)
            let byte = walker.current
            guard byte == .comma || byte == close else {
                throw walker.failure(isObject ? "expected ',' or '}' in an object" : "expected ',' or ']' in an array")
            }
            walker.at += 1
            if byte == close { return }
            skipSpace(&walker)
        }
    }

    private mutating func writeString(_ walker: inout JSONWalker) throws(JSONError) {
        let start = walker.at
        if try walker.skipString() { try respell(start..<walker.at, walker) }
    }

    /// Writes a string with escapes as it has to be, where it is not that already.
    /// - Parameter string: with its quotes; what stands before it in the run is written first.
    private mutating func respell(_ string: Range<Int>, _ walker: JSONWalker) throws(JSONError) {
        guard Self.hasNeedlessEscapes(string, walker) else { return }
        flush(to: string.lowerBound, walker)
        let text = try walker.text(string.lowerBound + 1..<string.upperBound - 1, escaped: true)
        JSONText.appendEscaped(text, to: &output)
        run = string.upperBound
    }

    /// Whether it has any but those of two characters that stand for what must be escaped.
    private static func hasNeedlessEscapes(_ string: Range<Int>, _ walker: JSONWalker) -> Bool {
        let raw = UnsafeRawPointer(walker.base)
        var at = string.lowerBound + 1
        let end = string.upperBound - 1
        while at < end {
            if at &+ 8 <= end {
                let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                let hits = StringWord.escapes(word)
                at &+= hits == 0 ? 8 : hits.trailingZeroBitCount &>> 3
                if hits == 0 { continue }
            }
            guard walker.base[at] == .backslash else {
                at &+= 1
                continue
            }
            switch walker.base[at &+ 1] {
            case .quote, .backslash, UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"),
                UInt8(ascii: "t"):
                at &+= 2
            default: return true
            }
        }
        return false
    }

    // MARK: Runs

    @inline(__always)
    private mutating func skipSpace(_ walker: inout JSONWalker) {
        guard walker.at < walker.end, walker.base[walker.at] <= 0x20 else { return }
        let start = walker.at
        walker.skipWhitespace()
        flush(to: start, walker)
        run = walker.at
    }

    /// Bytes of the text that the walker has borrowed; not kept.
    private mutating func flush(to end: Int, _ walker: JSONWalker) {
        guard end > run else { return }
        output.append(contentsOf: UnsafeBufferPointer(start: walker.base + run, count: end - run))
        run = end
    }
}
