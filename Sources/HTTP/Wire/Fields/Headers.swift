/// The header fields of an answer, in order, held as they are sent. What would break the framing never gets in: a name
/// that is no token, or a value with CR, LF, NUL or another control character (RFC 9110 §5.5), is refused and counted.
package struct Headers: Sendable, ExpressibleByDictionaryLiteral, Sequence {
    package typealias Field = (name: String, value: String)

    /// `Name: value` CRLF for each field: encoding an answer is one copy.
    private(set) var wire: [UInt8] = []
    /// Some field is one that the server sends itself, or one that closes the connection.
    private(set) var holdsServersField = false
    private(set) var holdsRequestID = false
    /// How many fields were refused; the server counts them.
    package private(set) var refusedCount = 0

    package init() {}

    package init(_ fields: [(String, String)]) {
        for (name, value) in fields { add(name, value) }
    }

    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// Appends a field beside those of the same name. Answers whether it was taken.
    @discardableResult
    package mutating func add(_ name: String, _ value: String) -> Bool {
        guard append(name, value) else {
            refusedCount += 1
            return false
        }
        return true
    }

    /// Appends a field whose name is known to be a token, and to be none in which the server has a say: for answers
    /// that are made very often.
    package mutating func add(known name: StaticString, _ value: String) {
        assert(name.withUTF8Buffer { $0.allSatisfy(Octet.isToken) && OwnField($0) == nil }, "\(name) is to be checked")
        var value = value
        value.withUTF8 { value in
            guard value.allSatisfy(Octet.isFieldValue) else {
                refusedCount += 1
                return
            }
            name.withUTF8Buffer { appendLine($0, value) }
        }
    }

    /// The same for a value of so many visible ASCII characters that is written in place.
    package mutating func add(
        known name: StaticString, count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void
    ) {
        add(known: name, atMost: count) { target in
            write(target)
            return count
        }
    }

    /// The same for a value whose length is known once it is written.
    /// - Parameter write: answers how many bytes it wrote.
    package mutating func add(
        known name: StaticString, atMost countMax: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        name.withUTF8Buffer { name in
            appendLine(name, atMost: countMax) { target in
                let count = write(target)
                assert(
                    (0..<count).allSatisfy { Octet.isFieldValue(target[$0]) }, "the value would break the head")
                return count
            }
        }
    }

    /// The same for a number.
    package mutating func add(known name: StaticString, decimal value: UInt64) {
        add(known: name, atMost: DecimalText.countMax) { DecimalText.write(value, to: $0) }
    }

    /// The same for several fields in one go.
    /// - Parameter bytesMax: of all their lines: the names and values, and four bytes for each.
    package mutating func add(knownLines bytesMax: Int, _ write: (inout FieldLines) -> Void) {
        let needed = wire.count + bytesMax
        if needed > wire.capacity { wire.reserveCapacity(Swift.max(needed, Self.commonBytes)) }
        wire.append(addingCapacity: bytesMax) { room in
            room.withUnsafeMutableBufferPointer { room, count in
                var lines = FieldLines(room)
                write(&lines)
                count = lines.count
            }
        }
    }

    /// Appends all fields of others, which were checked when they got there.
    package mutating func add(_ others: Headers) {
        let needed = wire.count + others.wire.count
        if needed > wire.capacity { wire.reserveCapacity(Swift.max(needed, Self.commonBytes)) }
        wire.append(contentsOf: others.wire)
        holdsServersField = holdsServersField || others.holdsServersField
        holdsRequestID = holdsRequestID || others.holdsRequestID
        refusedCount += others.refusedCount
    }

    /// Replaces every field of that name by this one, where the first stood. Answers whether it was taken; when not,
    /// nothing changes.
    @discardableResult
    package mutating func set(_ name: String, _ value: String) -> Bool {
        guard lines.contains(where: { matches($0.name, name) }) else { return add(name, value) }
        var changed = Headers()
        var isSet = false
        for line in lines {
            if !matches(line.name, name) {
                changed.append(text(line.name), text(line.value))
            } else if !isSet {
                isSet = changed.append(name, value)
                guard isSet else {
                    refusedCount += 1
                    return false
                }
            }
        }
        changed.refusedCount = refusedCount
        self = changed
        return true
    }

    package mutating func remove(_ name: String) {
        var rest = Headers()
        for line in lines where !matches(line.name, name) { rest.append(text(line.name), text(line.value)) }
        rest.refusedCount = refusedCount
        self = rest
    }

    /// The first value of a name, in any case. Setting nil removes the name.
    package subscript(name: String) -> String? {
        get { lines.first { matches($0.name, name) }.map { text($0.value) } }
        set { if let newValue { set(name, newValue) } else { remove(name) } }
    }

    /// Every value of a name, in order.
    package func values(_ name: String) -> [String] {
        lines.filter { matches($0.name, name) }.map { text($0.value) }
    }

    /// Every field, in order.
    package var fields: [Field] { lines.map { (text($0.name), text($0.value)) } }
    package var count: Int { lines.count }
    package var isEmpty: Bool { wire.isEmpty }

    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    // MARK: The bytes

    @discardableResult
    private mutating func append(_ name: String, _ value: String) -> Bool {
        var (name, value) = (name, value)
        return name.withUTF8 { name in
            value.withUTF8 { value in
                guard !name.isEmpty, name.allSatisfy(Octet.isToken), value.allSatisfy(Octet.isFieldValue) else {
                    return false
                }
                appendLine(name, value)
                note(OwnField(name))
                return true
            }
        }
    }

    private mutating func appendLine(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        appendLine(name, atMost: value.count) { target in
            if let base = value.baseAddress { target.update(from: base, count: value.count) }
            return value.count
        }
    }

    /// In one go: an array asks about itself at every call that adds to it.
    @inline(__always)
    private mutating func appendLine(
        _ name: UnsafeBufferPointer<UInt8>, atMost countMax: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        let lineMax = name.count + countMax + 4
        let needed = wire.count + lineMax
        // The first field takes what it needs, since many answers have one; the second makes room for more.
        if needed > wire.capacity {
            wire.reserveCapacity(wire.isEmpty ? needed : Swift.max(needed, Self.commonBytes))
        }
        wire.append(addingCapacity: lineMax) { line in
            line.withUnsafeMutableBufferPointer { room, count in
                guard let start = room.baseAddress, let first = name.baseAddress else { return }
                start.update(from: first, count: name.count)
                var end = name.count
                start[end] = UInt8(ascii: ":")
                start[end + 1] = Octet.space
                end += 2
                end += write(start + end)
                start[end] = Octet.carriageReturn
                start[end + 1] = Octet.lineFeed
                count = end + 2
            }
        }
    }

    /// Enough for what most answers have, in one allocation.
    private static let commonBytes = 384

    private mutating func note(_ field: OwnField?) {
        switch field {
        case .framing, .connection: holdsServersField = true
        case .requestID: holdsRequestID = true
        case nil: break
        }
    }

    private var lines: [(name: Range<Int>, value: Range<Int>)] {
        var lines: [(name: Range<Int>, value: Range<Int>)] = []
        var start = 0
        while let colon = wire[start...].firstIndex(of: UInt8(ascii: ":")),
            let end = wire[colon...].firstIndex(of: Octet.carriageReturn)
        {
            lines.append((start..<colon, (colon + 2)..<end))
            start = end + 2
        }
        return lines
    }

    private func matches(_ line: Range<Int>, _ name: String) -> Bool { Octet.equal(wire[line], name.utf8) }
    private func text(_ range: Range<Int>) -> String { String(decoding: wire[range], as: UTF8.self) }
}
