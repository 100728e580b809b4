/// A body without what was sensitive in it.
package struct RedactedBytes: Sendable, Equatable {
    package let bytes: [UInt8]
    /// How many of each kind were replaced; none for a kind that did not occur.
    package private(set) var counts: [SensitiveKind: Int] = [:]

    /// Whether something was left out at the end.
    package let isCut: Bool

    /// JSON stays JSON, text without anything sensitive stays as it is, and doing it again changes nothing. Linear in
    /// the length, which may be long: not for a loop's thread.
    /// - Parameter bytesMax: what of `body` is kept, in bytes. What follows should be handed over nevertheless, since
    ///   only with it what stands across that end is recognised.
    package init(_ body: [UInt8], keeping bytesMax: Int = .max) {
        var end = Self.end(of: body, bytesMax)
        let edits = EditSearch.edits(in: body[...]).filter { $0.range.lowerBound < end }
        if let last = edits.last { end = max(end, last.range.upperBound) }
        isCut = end < body.count
        guard !edits.isEmpty || end < body.count else {
            bytes = body
            return
        }
        var kept: [UInt8] = []
        kept.reserveCapacity(end)
        var index = 0
        for edit in edits {
            // None reaches into the one before; if one did, the worst would be a byte less.
            kept += body[index..<max(index, edit.range.lowerBound)]
            kept += edit.quote
            kept += edit.kind.placeholder.utf8
            kept += edit.quote
            counts[edit.kind, default: 0] += 1
            index = max(index, edit.range.upperBound)
        }
        kept += body[index..<max(index, end)]
        bytes = kept
    }

    /// Not within a character.
    private static func end(of body: [UInt8], _ bytesMax: Int) -> Int {
        guard bytesMax < body.count else { return body.count }
        var end = max(bytesMax, 0)
        while end > 0, body[end].isContinuation { end -= 1 }
        return end
    }
}
