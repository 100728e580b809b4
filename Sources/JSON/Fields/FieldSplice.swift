/// Edits to the members of one scanned object, written as one new text in which every byte that no edit names is
/// unchanged.
package struct FieldSplice: Sendable {
    private let bytes: [UInt8]
    private let memberCount: Int
    private let closingBraceOffset: Int
    /// The only replacement, while there is one: that is the commonest splice by far.
    private var single: (field: FieldScan.Field, value: [UInt8])?
    private var replaced: [(field: FieldScan.Field, value: [UInt8])] = []
    private var removed: [FieldScan.Field] = []
    private var renamed: [(field: FieldScan.Field, key: [UInt8])] = []
    private var inserted: [(key: String, value: [UInt8])] = []

    /// - Parameter bytes: the very bytes that `scan` was made from.
    package init(_ bytes: [UInt8], _ scan: FieldScan) {
        self.bytes = bytes
        memberCount = scan.memberCount
        closingBraceOffset = scan.closingBraceOffset
    }

    /// Puts `value` (JSON text) in the place of the field's value. The last replacement of a field holds.
    package mutating func replace(_ field: FieldScan.Field, with value: [UInt8]) {
        if replaced.isEmpty {
            guard let other = single, other.field != field else {
                single = (field, value)
                return
            }
            replaced.append(other)
            single = nil
        }
        replaced.removeAll { $0.field == field }
        replaced.append((field, value))
    }

    /// Takes the field out with its key and one comma. Wins over a replacement of the same field.
    package mutating func remove(_ field: FieldScan.Field) {
        if !removed.contains(field) { removed.append(field) }
    }

    /// Gives the field another key; its value stays, or is what replaces it. `key` must not be in the object.
    package mutating func rename(_ field: FieldScan.Field, to key: String) {
        renamed.append((field, JSONText.escaped(key)))
    }

    /// Adds a member after the last one. `value` is JSON text; `key` must not be in the object yet, nor inserted
    /// before.
    package mutating func insert(key: String, value: [UInt8]) {
        inserted.append((key, value))
    }

    /// The new text, whole: where the object was scanned inside a larger text, that text with the edits made.
    package func spliced() -> [UInt8] {
        if let single, removed.isEmpty, renamed.isEmpty, inserted.isEmpty { return spliced(single.field, single.value) }
        var edits = cuts()
        for (field, value) in (single.map { [$0] } ?? replaced) where !removed.contains(field) {
            edits.append(Edit(range: field.value, text: value))
        }
        for (field, key) in renamed where !removed.contains(field) {
            edits.append(Edit(range: field.key, text: key))
        }
        edits.sort { $0.range.lowerBound < $1.range.lowerBound }
        if !inserted.isEmpty {
            let end = closingBraceOffset
            edits.append(Edit(range: end..<end, text: insertion()))
        }
        let growth = edits.reduce(0) { $0 + $1.text.count - $1.range.count }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + growth)
        var at = 0
        for edit in edits {
            result.append(contentsOf: bytes[at..<edit.range.lowerBound])
            result.append(contentsOf: edit.text)
            at = edit.range.upperBound
        }
        result.append(contentsOf: bytes[at...])
        return result
    }

    /// Without a list of edits.
    private func spliced(_ field: FieldScan.Field, _ value: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + value.count - field.value.count)
        result.append(contentsOf: bytes[..<field.value.lowerBound])
        result.append(contentsOf: value)
        result.append(contentsOf: bytes[field.value.upperBound...])
        return result
    }

    private struct Edit {
        let range: Range<Int>
        let text: [UInt8]
    }

    private func insertion() -> [UInt8] {
        var text: [UInt8] = []
        var needsComma = memberCount > removed.count
        for (key, value) in inserted {
            if needsComma { text.append(.comma) }
            needsComma = true
            JSONText.appendEscaped(key, to: &text)
            text.append(.colon)
            text.append(contentsOf: value)
        }
        return text
    }

    /// What removals cut. A member owns the comma before it, except at the front, where neighbours that go together own
    /// the one comma after them: so that any set of removals leaves the commas right.
    private func cuts() -> [Edit] {
        let fields = removed.sorted { $0.key.lowerBound < $1.key.lowerBound }
        var edits: [Edit] = []
        var index = 0
        while index < fields.count {
            var last = fields[index]
            let first = last
            while index + 1 < fields.count, Self.startOfMember(after: last, bytes) == fields[index + 1].key.lowerBound {
                index += 1
                last = fields[index]
            }
            index += 1
            let before = Self.offsetBefore(first, bytes)
            let range: Range<Int>
            if bytes[before] == .comma {
                range = before..<last.value.upperBound
            } else {
                range = first.key.lowerBound..<(Self.startOfMember(after: last, bytes) ?? last.value.upperBound)
            }
            edits.append(Edit(range: range, text: []))
        }
        return edits
    }

    /// What is to be cut out of `bytes` so that they are without that member of an object, and otherwise unchanged.
    package static func cut(of field: FieldScan.Field, in bytes: [UInt8]) -> Range<Int> {
        let before = offsetBefore(field, bytes)
        if bytes[before] == .comma { return before..<field.value.upperBound }
        return field.key.lowerBound..<(startOfMember(after: field, bytes) ?? field.value.upperBound)
    }

    /// Where the comma or the brace before a member is.
    private static func offsetBefore(_ field: FieldScan.Field, _ bytes: [UInt8]) -> Int {
        var at = field.key.lowerBound - 1
        while bytes[at].isJSONWhitespace { at -= 1 }
        return at
    }

    /// Where the key of the next member starts; nil after the last.
    private static func startOfMember(after field: FieldScan.Field, _ bytes: [UInt8]) -> Int? {
        var at = field.value.upperBound
        while bytes[at].isJSONWhitespace { at += 1 }
        guard bytes[at] == .comma else { return nil }
        at += 1
        while bytes[at].isJSONWhitespace { at += 1 }
        return at
    }
}
