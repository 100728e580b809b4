/// A Bloom filter (Bloom, CACM 1970) for the terms of one kind in one zone: 16,000 bits and seven positions per term
/// say yes to one in a thousand of those that are not among 1,024.
struct TermFilter: Sendable, Equatable {
    /// Two of these fit into a page of the file.
    static let byteCount = 2_000
    private static let positions: UInt64 = 7

    private(set) var bytes: [UInt8]

    init() {
        bytes = [UInt8](repeating: 0, count: Self.byteCount)
    }

    /// As it was stored; nil when it is no filter.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    mutating func insert(_ hash: UInt64) {
        for number in 0..<Self.positions {
            let bit = Self.bit(hash, number)
            bytes[bit >> 3] |= 1 << UInt8(truncatingIfNeeded: bit & 7)
        }
    }

    /// False: it was never inserted. True: it may have been.
    func mayContain(_ hash: UInt64) -> Bool {
        for number in 0..<Self.positions {
            let bit = Self.bit(hash, number)
            if bytes[bit >> 3] & 1 << UInt8(truncatingIfNeeded: bit & 7) == 0 { return false }
        }
        return true
    }

    mutating func removeAll() {
        for index in bytes.indices { bytes[index] = 0 }
    }

    /// Double hashing (Kirsch, Mitzenmacher 2006), spread over the bits by multiplication.
    private static func bit(_ hash: UInt64, _ number: UInt64) -> Int {
        let step = hash >> 32 | 1
        let point = (hash &+ number &* step) & 0xFFFF_FFFF
        return Int((point &* UInt64(byteCount * 8)) >> 32)
    }
}
