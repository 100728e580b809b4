import Synchronization

/// The price table in force. It is replaced whole; what was worked out from the one before is known by its generation.
package final class PriceBook: Sendable {
    private let current: Snapshot<PriceTable>
    private let generations = Atomic<Int>(0)

    package init(_ table: PriceTable = .empty) {
        current = Snapshot(table)
    }

    /// To be read before `table`: what is made of the two is then never taken for newer than it is.
    package var generation: Int { generations.load(ordering: .acquiring) }

    package var table: PriceTable { current.current }

    package func replace(with table: PriceTable) {
        current.replace(with: table)
        generations.add(1, ordering: .releasing)
    }
}
