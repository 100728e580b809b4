import Domain

/// So much of a budget counts as spent, whatever becomes of the process.
struct BudgetLease: Sendable {
    let subject: LimitedSubject
    let period: BudgetPeriod
    /// Of the period, Unix milliseconds.
    let start: Int64
    let microUSD: Int64
}
