/// What the file says of a subject's running period, in micro-USD.
package struct SpendingHistory: Sendable, Hashable {
    /// Of outcomes that are in the file.
    package var spent: Int64
    /// What was written down as spent before it was; 0 for nothing.
    package var leased: Int64

    package init(spent: Int64 = 0, leased: Int64 = 0) {
        self.spent = spent
        self.leased = leased
    }
}
