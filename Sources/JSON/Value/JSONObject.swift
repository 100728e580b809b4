/// The members of a JSON object in the order in which they were written. A key occurs once.
package struct JSONObject: Sendable {
    /// A member.
    package typealias Element = (key: String, value: JSONValue)

    private var members: [Member] = []
    /// Where each key stands; kept only for objects too large for a linear search, and nil for the others.
    private var positions: [TextKey: Int]?

    fileprivate struct Member: Sendable {
        let key: String
        var value: JSONValue
    }

    /// Up to here comparing keys one by one is faster than hashing one.
    private static let linearSearchMax = 12

    /// No members.
    package init() {}

    /// A key given twice keeps its first place and its last value.
    package init(_ elements: some Sequence<Element>) {
        for element in elements { self[element.key] = element.value }
    }

    /// How many members there are.
    package var count: Int { members.count }
    /// Whether there are none.
    package var isEmpty: Bool { members.isEmpty }
    /// In the order in which they were written.
    package var keys: [String] { members.map(\.key) }
    /// In the order of their keys.
    package var values: [JSONValue] { members.map(\.value) }

    /// Setting nil removes the member; a new key comes last.
    package subscript(_ key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// Whether there is a member of this key.
    package func contains(_ key: String) -> Bool { position(of: key) != nil }

    /// - Returns: what was removed; nil when there was no such member.
    @discardableResult
    package mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let position = position(of: key) else { return nil }
        let removed = members.remove(at: position).value
        reindex()
        return removed
    }

    /// Removes many members in one pass.
    package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        members.removeAll { isUnwanted((key: $0.key, value: $0.value)) }
        reindex()
    }

    mutating func reserveCapacity(_ capacity: Int) { members.reserveCapacity(capacity) }

    /// Adds a member whose key is known to be new.
    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
        if positions != nil {
            positions?[TextKey(text: key)] = members.count - 1
        } else if members.count > Self.linearSearchMax {
            reindex()
        }
    }

    private mutating func reindex() {
        guard members.count > Self.linearSearchMax else {
            positions = nil
            return
        }
        var positions: [TextKey: Int] = [:]
        positions.reserveCapacity(members.count)
        for (position, member) in members.enumerated() { positions[TextKey(text: member.key)] = position }
        self.positions = positions
    }

    private func position(of key: String) -> Int? {
        if let positions { return positions[TextKey(text: key)] }
        return members.firstIndex { $0.key.isSameText(as: key) }
    }
}

extension JSONObject: Sequence {
    /// Gives the members in the order in which they were written.
    package struct Iterator: IteratorProtocol {
        fileprivate var members: IndexingIterator<[Member]>

        /// The next member; nil after the last.
        package mutating func next() -> Element? {
            members.next().map { (key: $0.key, value: $0.value) }
        }
    }

    /// Starts with the first member.
    package func makeIterator() -> Iterator { Iterator(members: members.makeIterator()) }

    /// Exactly the number of members.
    package var underestimatedCount: Int { members.count }
}

extension JSONObject: Hashable {
    /// The order of members does not matter.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }

    /// The same for every order of the members.
    package func hash(into hasher: inout Hasher) {
        // A sum, because the order of members must not matter.
        var sum = 0
        for member in members {
            var inner = Hasher()
            member.key.hashText(into: &inner)
            inner.combine(member.value)
            sum &+= inner.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A key written twice keeps its first place and its last value.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (key: $0.0, value: $0.1) })
    }
}

/// A key compared scalar for scalar.
struct TextKey: Hashable {
    let text: String

    static func == (left: TextKey, right: TextKey) -> Bool { left.text.isSameText(as: right.text) }

    func hash(into hasher: inout Hasher) { text.hashText(into: &hasher) }
}
