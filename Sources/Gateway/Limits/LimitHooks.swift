package import Domain

/// What limits tell the rest of the house. Called on a loop's thread, so none of it may block.
package struct LimitHooks: Sendable {
    package enum BudgetEvent: String, Sendable {
        /// The share of it is spent at which an alert was asked for.
        case alert
        /// The first refusal of the period.
        case exceeded
    }

    package var budget: @Sendable (BudgetEvent, Meter) -> Void = { _, _ in }
    /// More of a budget should be written down as spent before it is.
    package var leaseWanted: @Sendable () -> Void = {}

    package init() {}
}
