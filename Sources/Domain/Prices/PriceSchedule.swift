/// The prices of one model, each from its moment on.
package struct PriceSchedule: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        /// Unix milliseconds; nil for ever before.
        package let from: Int64?
        package let price: Price

        package init(from: Int64?, price: Price) {
            self.from = from
            self.price = price
        }
    }

    private let entries: [Entry]

    /// - Parameter entries: no two with the same moment.
    package init(_ entries: [Entry]) {
        self.entries = entries.sorted { ($0.from ?? .min) < ($1.from ?? .min) }
    }

    /// - Returns: the price at a moment, nil before the first; and when the next one begins, `.max` when there is none.
    package func price(at moment: Timestamp) -> (price: Price?, until: Int64) {
        let later = entries.firstIndex { ($0.from ?? .min) > moment.milliseconds } ?? entries.count
        return (
            later == 0 ? nil : entries[later - 1].price, later == entries.count ? .max : entries[later].from ?? .max
        )
    }
}
