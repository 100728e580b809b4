/// What of a file would be left after a power cut: what was synced for certain, what was written since then by chance.
struct FileImage {
    private enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    /// Disks write sectors whole; SQLite relies on no more.
    private static let sector = 512

    private var durable: [UInt8] = []
    private var pending: [Change] = []

    /// Whether all that was written is safe. A cut of the length that is not yet safe loses nothing: what it cut off
    /// was not wanted.
    var isSynced: Bool {
        pending.allSatisfy { if case .truncate = $0 { true } else { false } }
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) { pending.append(.write(offset: offset, bytes: bytes)) }

    mutating func truncate(to count: Int) { pending.append(.truncate(count)) }

    mutating func sync() {
        for change in pending { Self.apply(change, to: &durable) }
        pending = []
    }

    /// The bytes after a power cut that let some sectors of what was not synced through, in order, and not others.
    func afterPowerCut(_ generator: inout some RandomNumberGenerator) -> [UInt8] {
        var image = durable
        for change in pending {
            switch change {
            case .truncate: if Bool.random(using: &generator) { Self.apply(change, to: &image) }
            case .write(let offset, let bytes):
                for start in stride(from: 0, to: bytes.count, by: Self.sector) where Bool.random(using: &generator) {
                    let part = Array(bytes[start..<min(start + Self.sector, bytes.count)])
                    Self.apply(.write(offset: offset + start, bytes: part), to: &image)
                }
            }
        }
        return image
    }

    private static func apply(_ change: Change, to image: inout [UInt8]) {
        switch change {
        case .truncate(let count): image = Array(image.prefix(count))
        case .write(let offset, let bytes):
            let end = offset + bytes.count
            if image.count < end { image += [UInt8](repeating: 0, count: end - image.count) }
            image.replaceSubrange(offset..<end, with: bytes)
        }
    }
}
