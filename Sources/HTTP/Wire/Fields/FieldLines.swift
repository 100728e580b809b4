/// The lines of several header fields, written in place one after the other: `Headers.add(knownLines:)`.
///
/// Not kept beyond the call that hands it out. Lines for which there is no room are a fault of whoever said how much
/// there would be, and end the process rather than be written where nothing may be.
package struct FieldLines: ~Copyable {
    private let room: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ room: UnsafeMutableBufferPointer<UInt8>) { self.room = room }

    /// - Parameters:
    ///   - name: known to be a token, and to be none in which the server has a say.
    ///   - countMax: how long the value may be.
    ///   - write: the value, of visible ASCII characters; answers how many bytes it wrote.
    package mutating func add(
        _ name: StaticString, atMost countMax: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        assert(name.withUTF8Buffer { $0.allSatisfy(Octet.isToken) && OwnField($0) == nil }, "\(name) is to be checked")
        let nameCount = name.utf8CodeUnitCount
        precondition(nameCount + countMax + 4 <= room.count - count, "more lines than were said")
        guard let start = room.baseAddress.map({ $0 + count }) else { return }
        start.update(from: name.utf8Start, count: nameCount)
        start[nameCount] = UInt8(ascii: ":")
        start[nameCount + 1] = Octet.space
        let valueCount = write(start + nameCount + 2)
        assert(
            (0..<valueCount).allSatisfy { Octet.isFieldValue(start[nameCount + 2 + $0]) },
            "the value would break the head")
        let end = nameCount + 2 + valueCount
        start[end] = Octet.carriageReturn
        start[end + 1] = Octet.lineFeed
        count += end + 2
    }

    /// The same for a number.
    package mutating func add(_ name: StaticString, decimal value: UInt64) {
        add(name, atMost: DecimalText.countMax) { DecimalText.write(value, to: $0) }
    }
}
