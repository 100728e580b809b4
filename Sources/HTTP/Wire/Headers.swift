/// The header fields of an answer, in order. What would break the framing never gets in: a name that is no token, or a
/// value with CR, LF, NUL or another control character (RFC 9110 §5.5), is refused and counted.
package struct Headers: Sendable, ExpressibleByDictionaryLiteral, Sequence {
    package typealias Field = (name: String, value: String)

    package private(set) var fields: [Field]
    /// How many fields were refused; the server counts them.
    package private(set) var refusedCount = 0

    package init() { fields = [] }

    package init(_ fields: [(String, String)]) {
        self.init()
        for (name, value) in fields { add(name, value) }
    }

    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        fields.reserveCapacity(elements.count)
        for (name, value) in elements { add(name, value) }
    }

    /// Appends a field beside those of the same name. Answers whether it was taken.
    @discardableResult
    package mutating func add(_ name: String, _ value: String) -> Bool {
        guard Self.isName(name), Self.isValue(value) else {
            refusedCount += 1
            return false
        }
        fields.append((name, value))
        return true
    }

    /// Replaces every field of that name by this one. Answers whether it was taken; when not, the old ones stay.
    @discardableResult
    package mutating func set(_ name: String, _ value: String) -> Bool {
        guard let index = fields.firstIndex(where: { Octet.equal($0.name.utf8, name.utf8) }) else {
            return add(name, value)
        }
        guard Self.isValue(value) else {
            refusedCount += 1
            return false
        }
        fields[index].value = value
        var position = fields.count - 1
        while position > index {
            if Octet.equal(fields[position].name.utf8, name.utf8) { fields.remove(at: position) }
            position -= 1
        }
        return true
    }

    package mutating func remove(_ name: String) {
        fields.removeAll { Octet.equal($0.name.utf8, name.utf8) }
    }

    /// The first value of a name, in any case. Setting nil removes the name.
    package subscript(name: String) -> String? {
        get { fields.first { Octet.equal($0.name.utf8, name.utf8) }?.value }
        set { if let newValue { set(name, newValue) } else { remove(name) } }
    }

    /// Every value of a name, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { Octet.equal($0.name.utf8, name.utf8) }.map(\.value)
    }

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }

    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    private static func isName(_ name: String) -> Bool { !name.isEmpty && name.utf8.allSatisfy(Octet.isToken) }
    private static func isValue(_ value: String) -> Bool { value.utf8.allSatisfy(Octet.isFieldValue) }
}
