import Synchronization

/// What the gateway left out, since its start.
package final class GatewayCounters: Sendable {
    private let skippedSliceCount = Atomic<Int>(0)

    /// Entries of callers' metadata that could not be slices.
    package var skippedSlices: Int {
        skippedSliceCount.load(ordering: .relaxed)
    }

    func skipped(slices count: Int) {
        if count > 0 { skippedSliceCount.add(count, ordering: .relaxed) }
    }
}
