/// How much an archive has.
package struct ArchiveHolding: Sendable, Equatable {
    package var entries: Int
    /// Of the answers, without what finding them takes.
    package var bytes: Int

    package init(entries: Int = 0, bytes: Int = 0) {
        self.entries = entries
        self.bytes = bytes
    }

    package mutating func add(_ other: Self) {
        entries += other.entries
        bytes += other.bytes
    }
}
