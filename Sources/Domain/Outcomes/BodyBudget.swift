import Synchronization

/// The memory for bodies that are to be stored, of all inferences that run or wait to be written.
package final class BodyBudget: Sendable {
    private let bytesMax: Int
    private let taken = Atomic<Int>(0)

    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Bytes that are taken.
    package var bytesTaken: Int { taken.load(ordering: .relaxed) }

    /// - Returns: whether there was room.
    func take(_ bytes: Int) -> Bool {
        guard taken.add(bytes, ordering: .relaxed).newValue <= bytesMax else {
            give(bytes)
            return false
        }
        return true
    }

    func give(_ bytes: Int) { taken.subtract(bytes, ordering: .relaxed) }
}
