extension JSONWalker {
    /// Skips one value, container or not, whose first byte is at `at`; `depth` containers are open around it.
    /// Iterative: the kinds of the open containers are a stack of bits, sixty-four in a register and the rest aside, so
    /// that hostile nesting costs neither stack nor an allocation up to the sixty-fourth level.
    @inline(__always)
    mutating func skipValue(depth: Int) throws(JSONError) {
        switch current {
        case .openBrace, .openBracket: try skipContainer(depth: depth)
        default: try skipScalar()
        }
    }

    private mutating func skipContainer(depth outer: Int) throws(JSONError) {
        var open = OpenContainers()
        while true {
            // Here `at` is at the first byte of a value.
            switch current {
            case .openBrace, .openBracket:
                guard outer + open.depth < depthMax else { throw failure("nested too deeply") }
                let isObject = base[at] == .openBrace
                at &+= 1
                skipWhitespace()
                if current == (isObject ? .closeBrace : .closeBracket) {
                    at &+= 1
                    if open.depth == 0 { return }
                } else {
                    open.push(isObject: isObject)
                    if isObject { _ = try skipKey() }
                    continue
                }
            default: try skipScalar()
            }
            // Here a value has ended: close what ends with it, then move to the next value.
            while true {
                skipWhitespace()
                let byte = current
                if byte == .comma {
                    at &+= 1
                    skipWhitespace()
                    if open.isObject { _ = try skipKey() }
                    break
                }
                guard byte == (open.isObject ? .closeBrace : .closeBracket) else {
                    throw failure(
                        open.isObject ? "expected ',' or '}' in an object" : "expected ',' or ']' in an array")
                }
                at &+= 1
                open.pop()
                if open.depth == 0 { return }
            }
        }
    }

    /// Skips a key, its colon and the whitespace around; `at` is then at the value.
    /// - Returns: the range of the key with its quotes, and whether it holds an escape.
    @inline(__always)
    mutating func skipKey() throws(JSONError) -> (range: Range<Int>, escaped: Bool) {
        guard current == .quote else { throw failure("expected a key in quotes") }
        let start = at
        let escaped = try skipString()
        let range = start..<at
        skipWhitespace()
        guard current == .colon else { throw failure("expected ':' after a key") }
        at &+= 1
        skipWhitespace()
        return (range, escaped)
    }
}

/// A stack of bits: which of the open containers are objects.
private struct OpenContainers {
    private var word: UInt64 = 0
    private var spilled: [UInt64] = []
    private(set) var depth = 0

    @inline(__always)
    var isObject: Bool { word & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0, depth > 0 { spilled.append(word) }
        word = word &<< 1 | (isObject ? 1 : 0)
        depth &+= 1
    }

    @inline(__always)
    mutating func pop() {
        depth &-= 1
        word &>>= 1
        if depth & 63 == 0, let below = spilled.popLast() { word = below }
    }
}
