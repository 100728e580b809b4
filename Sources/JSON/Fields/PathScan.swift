/// Where the values at a few paths stand in a text, found in one pass that also checks the whole of it. Where a key
/// occurs twice the last one holds, as with most readers: this reads what providers answer, which is passed on as it
/// is.
package struct PathScan: Sendable {
    /// How many paths there is room for.
    package static let countMax = 16

    private struct Place {
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
            try scan.read(&walker, plan, 0, depth: 0)
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
        return FieldScan.Field(key: value.lowerBound..<value.lowerBound, value: value, kind: place.kind)
    }

    /// Reads the value that a node stands for. Recursion ends with the plan.
    private mutating func read(
        _ walker: inout JSONWalker, _ plan: PathPlan, _ node: Int, depth: Int
    ) throws(JSONError) {
        let start = walker.at
        let found = plan.nodes[node]
        switch walker.current {
        case .openBrace where found.firstChild >= 0 && !found.isArray:
            try readMembers(&walker, plan, found, depth)
        case .openBracket where found.isArray:
            try readElements(&walker, plan, found, depth)
        default:
            try walker.skipValue(depth: depth)
        }
        guard found.leaf >= 0, let kind = walker.kind(of: walker.base[start]) else { return }
        places[found.leaf] = Place(start: UInt32(start), end: UInt32(walker.at), kind: kind)
    }

    private mutating func readMembers(
        _ walker: inout JSONWalker, _ plan: PathPlan, _ parent: PathPlan.Node, _ depth: Int
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
            let child = try Self.child(of: parent, key, escaped, plan, walker)
            if child >= 0 {
                forget(plan, child)
                try read(&walker, plan, child, depth: depth + 1)
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
        _ walker: inout JSONWalker, _ plan: PathPlan, _ parent: PathPlan.Node, _ depth: Int
    ) throws(JSONError) {
        guard depth < walker.depthMax else { throw walker.failure("nested too deeply") }
        walker.at += 1
        walker.skipWhitespace()
        if walker.current == .closeBracket {
            walker.at += 1
            return
        }
        try read(&walker, plan, parent.firstChild, depth: depth + 1)
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
    private mutating func forget(_ plan: PathPlan, _ node: Int) {
        let node = plan.nodes[node]
        if node.leaf >= 0 { places[node.leaf] = Place() }
        var child = node.firstChild
        while child >= 0 {
            forget(plan, child)
            child = plan.nodes[child].nextSibling
        }
    }

    /// The node of a key, quotes included; -1 for one that nobody looks for.
    private static func child(
        of parent: PathPlan.Node, _ key: Range<Int>, _ escaped: Bool, _ plan: PathPlan, _ walker: JSONWalker
    ) throws(JSONError) -> Int {
        guard !escaped else { return try escapedChild(of: parent, key, plan, walker) }
        let start = walker.base + (key.lowerBound + 1)
        let length = key.count - 2
        return plan.nodes.withUnsafeBufferPointer { nodes in
            var child = parent.firstChild
            while child >= 0 {
                let node = nodes[child]
                if node.length == length {
                    var offset = 0
                    // The pointer is to a literal of that length.
                    while offset < length, node.start[offset] == start[offset] { offset += 1 }
                    if offset == length { return child }
                }
                child = node.nextSibling
            }
            return -1
        }
    }

    private static func escapedChild(
        of parent: PathPlan.Node, _ key: Range<Int>, _ plan: PathPlan, _ walker: JSONWalker
    ) throws(JSONError) -> Int {
        let text = try walker.text(key.lowerBound + 1..<key.upperBound - 1, escaped: true)
        var child = parent.firstChild
        while child >= 0, plan.nodes[child].key.description != text { child = plan.nodes[child].nextSibling }
        return child
    }
}
