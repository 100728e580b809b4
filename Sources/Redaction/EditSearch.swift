/// Finds what is to be replaced in a body: in JSON by what its strings say, so that an address with `\u0040` in it is
/// found too, and in anything else as it stands. JSON that was cut off is JSON as far as it goes.
enum EditSearch {
    /// JSON in strings of JSON, as the arguments of a tool call are. Deeper, it is text.
    private static let depthMax = 3

    static func edits(in bytes: ArraySlice<UInt8>, depth: Int = 0) -> [Edit] {
        guard depth <= depthMax, isDocument(bytes) else { return text(bytes) }
        var edits: [Edit] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let quote = bytes[index...].firstIndex(of: UInt8(ascii: "\"")) ?? bytes.endIndex
            edits += bare(bytes[index..<quote], in: bytes, depth: depth)
            guard quote < bytes.endIndex else { break }
            let (end, hasEscapes) = self.end(ofString: bytes[(quote + 1)...])
            let content = bytes[(quote + 1)..<end]
            edits += hasEscapes ? escaped(content, depth: depth) : text(content)
            index = min(end + 1, bytes.endIndex)
        }
        return edits
    }

    /// By its first two characters: a text that begins with a placeholder is none.
    private static func isDocument(_ bytes: ArraySlice<UInt8>) -> Bool {
        let visible = bytes.lazy.filter { !$0.isSpace }.prefix(2)
        guard let first = visible.first else { return false }
        let second = visible.dropFirst().first
        switch first {
        case UInt8(ascii: "\""): return true
        case UInt8(ascii: "{"): return second.map { "\"}".utf8.contains($0) } ?? true
        case UInt8(ascii: "["): return second.map { $0.isDigit || "]{[\"-tfn".utf8.contains($0) } ?? true
        default: return false
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> [Edit] {
        var edits: [Edit] = []
        var scanner = SensitiveScanner(bytes)
        while let match = scanner.next() { edits.append(Edit(range: match.range, kind: match.kind)) }
        return edits
    }

    /// The index of the closing quote, or of the end.
    private static func end(ofString bytes: ArraySlice<UInt8>) -> (end: Int, hasEscapes: Bool) {
        var index = bytes.startIndex
        var hasEscapes = false
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") {
                hasEscapes = true
                index += 1
            }
            index += 1
        }
        return (min(index, bytes.endIndex), hasEscapes)
    }

    private static func escaped(_ source: ArraySlice<UInt8>, depth: Int) -> [Edit] {
        let content = StringContent(source)
        return edits(in: content.bytes[...], depth: depth + 1).map { edit in
            var edit = edit
            edit.range = content.source(of: edit.range)
            return edit
        }
    }

    /// Between strings: a number that is sensitive becomes a string, its sign with it.
    private static func bare(_ part: ArraySlice<UInt8>, in bytes: ArraySlice<UInt8>, depth: Int) -> [Edit] {
        guard part.count >= 6 else { return [] }
        var edits = text(part)
        for index in edits.indices where edits[index].kind == .card {
            let lower = edits[index].range.lowerBound
            // The dash may be the last of a private key's, which goes already.
            let floor = index > edits.startIndex ? edits[index - 1].range.upperBound : part.startIndex
            if lower > floor, bytes[lower - 1] == UInt8(ascii: "-") {
                edits[index].range = (lower - 1)..<edits[index].range.upperBound
            }
            edits[index].quote = quote(depth: depth)
        }
        return edits
    }

    /// A quote, escaped so many times.
    private static func quote(depth: Int) -> [UInt8] {
        // Each time the backslashes double, and the quote gets one of its own.
        Array(repeating: UInt8(ascii: "\\"), count: (1 << depth) - 1) + [UInt8(ascii: "\"")]
    }
}
