/// Where the values at a few paths stand in a text, found in one pass that also checks the whole of it. Where a key
/// occurs twice the last one holds, as with most readers: this reads what providers answer, which is passed on as it
/// is.
package struct PathScan: Sendable {
    /// How many paths there is room for.
    package static let countMax = 16

    /// The plan's, lent for the length of a scan.
    private typealias Nodes = UnsafeBufferPointer<PathPlan.Node>

    private struct Place {
        var keyStart: UInt32 = 0
        var keyEnd: UInt32 = 0
        var start: UInt32 = 0
        /// 0 while nothing was found.
        var end: UInt32 = 0
        var kind = JSONKind.null
    }

    private var places = InlineArray<16, Place>(repeating: Place())

    /// Checks a whole document (RFC 8259, UTF-8, surrogate pairs, depth), which must be an object of less than 4 GiB.
    /// - Throws: the first fault.
    package init(_ bytes: [UInt8], _ plan: PathPlan, depthMax: Int = 512) throws(JSONError) {
        guard bytes.count < Int(UInt32.max) else { throw JSONError(offset: 0, reason: "the text is too long") }
        self = try bytes.walking(depthMax: depthMax) { walker throws(JSONError) in
            var scan = PathScan()
            walker.skipWhitespace()
            guard walker.current == .openBrace else { throw walker.failure("expected a JSON object") }
            try plan.nodes.withUnsafeBufferPointer { nodes throws(JSONError) in
                try scan.read(&walker, nodes, 0, key: 0..<0, depth: 0)
            }
            try walker.requireEnd()
            return scan
        }
    }

    private init() {}

    /// What the path of that number led to; nil when there is no such value.
    package subscript(_ path: Int) -> FieldScan.Field? {
        let place = places.span[path]
        guard place.end > 0 else { return nil }
        let value = Int(place.start)..<Int(place.end)
        return FieldScan.Field(key: Int(place.keyStart)..<Int(place.keyEnd), value: value, kind: place.kind)
    }

    /// Reads the value that a node stands for. Recursion ends with the plan.
    private mutating func read(
        _ walker: inout JSONWalker, _ nodes: Nodes, _ node: Int, key: Range<Int>, depth: Int
    ) throws(JSONError) {
        let start = walker.at
        let found = nodes[node]
        switch walker.current {
        case .openBrace where found.firstChild >= 0 && !found.isArray:
            try readMembers(&walker, nodes, found.firstChild, depth)
        case .openBracket where found.isArray:
            try readElements(&walker, nodes, found.firstChild, depth)
        default:
            try walker.skipValue(depth: depth)
        }
        guard found.leaf >= 0, let kind = walker.kind(of: walker.base[start]) else { return }
        places[found.leaf] = Place(
            keyStart: UInt32(key.lowerBound), keyEnd: UInt32(key.upperBound), start: UInt32(start),
            end: UInt32(walker.at), kind: kind)
    }

    private mutating func readMembers(
        _ walker: inout JSONWalker, _ nodes: Nodes, _ first: Int, _ depth: Int
    ) throws(JSONError) {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        if walker.current == .closeBrace {
            walker.at += 1
            return
        }
        while true {
            let (key, escaped) = try walker.skipKey()
            let child = try Self.child(nodes, first, key, escaped, walker)
            if child >= 0 {
                if nodes[child].leaf < 0 || places[nodes[child].leaf].end > 0 { forget(nodes, child) }
                try read(&walker, nodes, child, key: key, depth: depth + 1)
            } else {
                try walker.skipValue(depth: depth + 1)
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

    private mutating func readElements(
        _ walker: inout JSONWalker, _ nodes: Nodes, _ first: Int, _ depth: Int
    ) throws(JSONError) {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        if walker.current == .closeBracket {
            walker.at += 1
            return
        }
        try read(&walker, nodes, first, key: walker.at..<walker.at, depth: depth + 1)
        while true {
            walker.skipWhitespace()
            let byte = walker.current
            guard byte == .comma || byte == .closeBracket else {
                throw walker.failure("expected ',' or ']' in an array")
            }
            walker.at += 1
            if byte == .closeBracket { return }
            walker.skipWhitespace()
            try walker.skipValue(depth: depth + 1)
        }
    }

    /// What was found below a key before it came again.
    private mutating func forget(_ nodes: Nodes, _ node: Int) {
        let node = nodes[node]
        if node.leaf >= 0 { places[node.leaf] = Place() }
        var child = node.firstChild
        while child >= 0 {
            forget(nodes, child)
            child = nodes[child].nextSibling
        }
    }

    /// The node of a key, quotes included, among `first` and its siblings; -1 for one that nobody looks for.
    private static func child(
        _ nodes: Nodes, _ first: Int, _ key: Range<Int>, _ escaped: Bool, _ walker: JSONWalker
    ) throws(JSONError) -> Int {
        guard !escaped else { return try escapedChild(nodes, first, key, walker) }
        let start = walker.base + (key.lowerBound + 1)
        let length = key.count - 2
        var child = first
        while child >= 0 {
            if nodes[child].length == length {
                // The pointer is to a literal of that length.
                let literal = nodes[child].start
                var offset = 0
                while offset < length, literal[offset] == start[offset] { offset += 1 }
                if offset == length { return child }
            }
            child = nodes[child].nextSibling
        }
        return -1
    }

    /// The same for a key that is not written as it reads: hardly any is.
    @inline(never)
    private static func escapedChild(
        _ nodes: Nodes, _ first: Int, _ key: Range<Int>, _ walker: JSONWalker
    ) throws(JSONError) -> Int {
        let text = try walker.text(key.lowerBound + 1..<key.upperBound - 1, escaped: true)
        var child = first
        while child >= 0 {
            if nodes[child].key.description == text { return child }
            child = nodes[child].nextSibling
        }
        return -1
    }
}
