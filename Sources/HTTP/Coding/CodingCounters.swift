import Synchronization

/// What one loop expanded and compressed: written by its thread alone.
final class CodingCounters: Sendable {
    let bodiesExpanded = Atomic<Int>(0)
    let answersCompressed = Atomic<Int>(0)
    /// Bytes of the answers that were compressed, and of what became of them.
    let bytesBefore = Atomic<Int>(0)
    let bytesAfter = Atomic<Int>(0)

    func add(to sum: inout ServerCounters) {
        sum.bodiesExpanded += bodiesExpanded.load(ordering: .relaxed)
        sum.answersCompressed += answersCompressed.load(ordering: .relaxed)
        sum.bytesBeforeCompression += bytesBefore.load(ordering: .relaxed)
        sum.bytesAfterCompression += bytesAfter.load(ordering: .relaxed)
    }
}
