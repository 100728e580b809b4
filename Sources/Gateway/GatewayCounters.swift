import Synchronization

/// What the gateway left out, since its start.
package final class GatewayCounters: Sendable {
    private let skippedSliceCount = Atomic<Int>(0)

    /// Entries of callers' metadata that could not be slices.
    package var skippedSlices: Int {
        skippedSliceCount.load(ordering: .relaxed)
    }

    private let crowdedOutBodyCount = Atomic<Int>(0)

    /// Inferences whose bodies were to be kept, and found no room.
    package var crowdedOutBodies: Int {
        crowdedOutBodyCount.load(ordering: .relaxed)
    }

    func crowdedOutBody() { crowdedOutBodyCount.add(1, ordering: .relaxed) }

    func skipped(slices count: Int) {
        if count > 0 { skippedSliceCount.add(count, ordering: .relaxed) }
    }
}
