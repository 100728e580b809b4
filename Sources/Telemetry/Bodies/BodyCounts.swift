import Synchronization

/// Bodies since the start.
package final class BodyCounts: Sendable {
    private let storedCount = Atomic<UInt64>(0)
    private let storedBytes = Atomic<UInt64>(0)
    private let refusedCount = Atomic<UInt64>(0)

    init() {}

    func add(_ tally: BodyTally) {
        guard tally.stored + tally.refused > 0 else { return }
        storedCount.add(UInt64(tally.stored), ordering: .relaxed)
        storedBytes.add(UInt64(tally.bytes), ordering: .relaxed)
        refusedCount.add(UInt64(tally.refused), ordering: .relaxed)
    }

    /// Inferences whose bodies are in the file.
    package var stored: UInt64 { storedCount.load(ordering: .relaxed) }
    /// That they take there, compressed.
    package var bytes: UInt64 { storedBytes.load(ordering: .relaxed) }
    /// Inferences whose bodies the store refused.
    package var refused: UInt64 { refusedCount.load(ordering: .relaxed) }
}
