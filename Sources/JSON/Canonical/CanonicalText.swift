/// One text for JSON objects that nobody can tell apart: the object's own members by the bytes of their keys, no white
/// space, strings with no escape that RFC 8259 does not demand. All else stays as it is written: within values the
/// order of members (that of a schema's properties is the order in which a model writes them) and the spelling of
/// numbers (a prompt may show `1e16` otherwise than `10000000000000000`, and readers who take them for doubles differ
/// from those who do not). Two members of the same key stay in their order, since readers differ on which of them
/// holds.
///
/// Linear in the text but for the sorting of keys: values are noted in a list first and each byte is written once.
package struct CanonicalText {
    /// A value of the text, and the key that it has where it is a member.
    private struct Node {
        var start: UInt32
        var end: UInt32
        /// Index of the first node that is not within this one.
        var next: UInt32
        var keyStart: UInt32 = 0
        var keyEnd: UInt32 = 0
        var kind: JSONKind
        var isEscaped = false
        /// The key's place is in `decodedKeys`, since its bytes are not its text.
        var isKeyDecoded = false
    }

    /// Members of the object itself at most: sorting them is the one part that is not linear.
    package static let membersMax = 4_096

    private static let insertedMax = 24

    private var nodes: [Node] = []
    private var decodedKeys: [UInt8] = []

    private init(byteCount: Int) {
        nodes.reserveCapacity(min(1_024, 16 + byteCount / 32))
    }

    /// Appends the canonical text of an object.
    /// - Parameters:
    ///   - bytes: a whole document.
    ///   - leavingOut: members of the object itself that are passed over.
    /// - Throws: for what is no JSON object of less than 4 GiB, or one of more than `membersMax` members; `output` then
    ///   holds nothing of use.
    package static func append(
        _ bytes: [UInt8], leavingOut: [StaticString] = [], to output: inout [UInt8]
    ) throws(JSONError) {
        guard bytes.count < Int(UInt32.max) else { throw JSONError(offset: 0, reason: "the text is too long") }
        var text = CanonicalText(byteCount: bytes.count)
        try bytes.walking { walker throws(JSONError) in
            walker.skipWhitespace()
            guard walker.current == .openBrace else { throw walker.failure("expected a JSON object") }
            try text.read(&walker, depth: 0, leavingOut: leavingOut)
            try walker.requireEnd()
            try text.write(0, walker, to: &output)
        }
    }

    // MARK: Reading

    private mutating func read(
        _ walker: inout JSONWalker, depth: Int, leavingOut: [StaticString] = []
    ) throws(JSONError) {
        let index = nodes.count
        guard let kind = walker.kind(of: walker.current) else { throw walker.failure("expected a JSON value") }
        nodes.append(Node(start: UInt32(walker.at), end: 0, next: 0, kind: kind))
        switch kind {
        case .object: try readMembers(&walker, depth: depth, leavingOut: leavingOut)
        case .array: try readElements(&walker, depth: depth)
        case .string: nodes[index].isEscaped = try walker.skipString()
        default: try walker.skipScalar()
        }
        nodes[index].end = UInt32(walker.at)
        nodes[index].next = UInt32(nodes.count)
    }

    private mutating func readMembers(
        _ walker: inout JSONWalker, depth: Int, leavingOut: [StaticString]
    ) throws(JSONError) {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        if walker.current == .closeBrace {
            walker.at += 1
            return
        }
        var count = 0
        while true {
            let (key, escaped) = try walker.skipKey()
            let index = nodes.count
            let before = decodedKeys.count
            var place = key.lowerBound + 1..<key.upperBound - 1
            if escaped {
                decodedKeys += try walker.text(place, escaped: true).utf8
                place = before..<decodedKeys.count
            }
            if !leavingOut.isEmpty, isAny(of: leavingOut, place, escaped, walker) {
                try walker.skipValue(depth: depth + 1)
            } else {
                count += 1
                guard depth > 0 || count <= Self.membersMax else {
                    throw walker.failure("too many members in an object")
                }
                try read(&walker, depth: depth + 1)
                nodes[index].keyStart = UInt32(place.lowerBound)
                nodes[index].keyEnd = UInt32(place.upperBound)
                nodes[index].isKeyDecoded = escaped
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

    private mutating func readElements(_ walker: inout JSONWalker, depth: Int) throws(JSONError) {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        if walker.current == .closeBracket {
            walker.at += 1
            return
        }
        while true {
            try read(&walker, depth: depth + 1)
            walker.skipWhitespace()
            let byte = walker.current
            guard byte == .comma || byte == .closeBracket else {
                throw walker.failure("expected ',' or ']' in an array")
            }
            walker.at += 1
            if byte == .closeBracket { return }
            walker.skipWhitespace()
        }
    }

    private func isAny(of names: [StaticString], _ key: Range<Int>, _ decoded: Bool, _ walker: JSONWalker) -> Bool {
        for name in names where name.utf8CodeUnitCount == key.count {
            let isSame = name.withUTF8Buffer { wanted in
                var offset = 0
                while offset < wanted.count {
                    let index = key.lowerBound + offset
                    guard (decoded ? decodedKeys[index] : walker.base[index]) == wanted[offset] else { return false }
                    offset += 1
                }
                return true
            }
            if isSame { return true }
        }
        return false
    }

    // MARK: Writing

    private func write(
        _ index: Int, _ walker: JSONWalker, to output: inout [UInt8]
    ) throws(JSONError) {
        let node = nodes[index]
        switch node.kind {
        case .object: try writeMembers(index, walker, to: &output)
        case .array:
            output.append(.openBracket)
            var child = index + 1
            while child < Int(node.next) {
                if child > index + 1 { output.append(.comma) }
                try write(child, walker, to: &output)
                child = Int(nodes[child].next)
            }
            output.append(.closeBracket)
        case .string where node.isEscaped:
            let text = try walker.text(Int(node.start) + 1..<Int(node.end) - 1, escaped: true)
            JSONText.appendEscaped(text, to: &output)
        default: output.append(contentsOf: Self.slice(walker, node.start, node.end))
        }
    }

    private func writeMembers(
        _ index: Int, _ walker: JSONWalker, to output: inout [UInt8]
    ) throws(JSONError) {
        let node = nodes[index]
        output.append(.openBrace)
        if index == 0 {
            for (position, child) in sortedMembers(walker).enumerated() {
                try writeMember(Int(child), isFirst: position == 0, walker, to: &output)
            }
        } else {
            var child = index + 1
            while child < Int(node.next) {
                try writeMember(child, isFirst: child == index + 1, walker, to: &output)
                child = Int(nodes[child].next)
            }
        }
        output.append(.closeBrace)
    }

    private func writeMember(
        _ child: Int, isFirst: Bool, _ walker: JSONWalker, to output: inout [UInt8]
    ) throws(JSONError) {
        if !isFirst { output.append(.comma) }
        writeKey(nodes[child], walker, to: &output)
        output.append(.colon)
        try write(child, walker, to: &output)
    }

    /// The indices of the object's own members, by key. Most objects are short or sorted already.
    private func sortedMembers(_ walker: JSONWalker) -> [UInt32] {
        var order: [UInt32] = []
        let end = Int(nodes[0].next)
        var child = 1
        var isSorted = true
        while child < end {
            if isSorted, let last = order.last, precedes(child, Int(last), walker) { isSorted = false }
            order.append(UInt32(child))
            child = Int(nodes[child].next)
        }
        guard !isSorted else { return order }
        guard order.count > Self.insertedMax else {
            insertionSort(&order, walker)
            return order
        }
        // Nodes are numbered as they stand in the text, so that the number keeps equal keys in their order.
        order.sort { left, right in
            precedes(Int(left), Int(right), walker) || (!precedes(Int(right), Int(left), walker) && left < right)
        }
        return order
    }

    /// For members that are few.
    private func insertionSort(_ order: inout [UInt32], _ walker: JSONWalker) {
        for index in 1..<order.count {
            let member = order[index]
            var place = index
            while place > 0, precedes(Int(member), Int(order[place - 1]), walker) {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = member
        }
    }

    /// Whether the key of one node is before that of another, byte for byte.
    private func precedes(_ left: Int, _ right: Int, _ walker: JSONWalker) -> Bool {
        let (left, right) = (nodes[left], nodes[right])
        let leftCount = Int(left.keyEnd - left.keyStart)
        let rightCount = Int(right.keyEnd - right.keyStart)
        for offset in 0..<min(leftCount, rightCount) {
            let one = keyByte(left, offset, walker)
            let other = keyByte(right, offset, walker)
            if one != other { return one < other }
        }
        return leftCount < rightCount
    }

    @inline(__always)
    private func keyByte(_ node: Node, _ offset: Int, _ walker: JSONWalker) -> UInt8 {
        let index = Int(node.keyStart) &+ offset
        return node.isKeyDecoded ? decodedKeys[index] : walker.base[index]
    }

    private func writeKey(_ node: Node, _ walker: JSONWalker, to output: inout [UInt8]) {
        if node.isKeyDecoded {
            JSONText.appendEscaped(utf8: decodedKeys[Int(node.keyStart)..<Int(node.keyEnd)], to: &output)
        } else {
            output.append(.quote)
            output.append(contentsOf: Self.slice(walker, node.keyStart, node.keyEnd))
            output.append(.quote)
        }
    }

    /// Bytes of the text that the walker has borrowed; not kept.
    private static func slice(_ walker: JSONWalker, _ start: UInt32, _ end: UInt32) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: walker.base + Int(start), count: Int(end - start))
    }
}
