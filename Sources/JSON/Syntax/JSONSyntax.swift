/// Is it JSON? Without building anything.
package enum JSONSyntax {
    /// Checks a whole document: RFC 8259, UTF-8, surrogate pairs, at most `depthMax` nested containers (never more than
    /// 512). Duplicate keys pass: whoever reads a key must refuse its duplicate.
    package static func validate(_ bytes: [UInt8], depthMax: Int = 512) throws(JSONError) {
        try bytes.walking(depthMax: depthMax) { walker throws(JSONError) in
            walker.skipWhitespace()
            try walker.skipValue(depth: 0)
            try walker.requireEnd()
        }
    }
}

extension Array where Element == UInt8 {
    /// Lends the bytes to a walker; offsets in what it throws are offsets in this array.
    @inline(__always)
    func walking<Value>(
        range: Range<Int>? = nil, depthMax: Int = JSONWalker.depthCeiling,
        _ body: (inout JSONWalker) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        let range = (range ?? indices).clamped(to: indices)
        return try withUnsafeBufferPointer { buffer throws(JSONError) in
            var walker = JSONWalker(buffer, range: range, depthMax: depthMax)
            return try body(&walker)
        }
    }
}
