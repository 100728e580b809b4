/// What the kernel has not taken of an answer's body, kept where it lies: a document that is sent to many slow readers
/// is in memory once.
struct OwedBody {
    let bytes: [UInt8]
    /// Bytes taken.
    private(set) var start: Int

    init(_ bytes: [UInt8], from start: Int) {
        self.bytes = bytes
        self.start = start
    }

    var count: Int { bytes.count - start }

    /// Little is left, and all of it is held for that.
    var isWasteful: Bool { count * 8 < bytes.count }

    mutating func consume(_ count: Int) { start += count }
}
