import Domain

/// What an inference has used so far, over all of its tries.
struct InferenceBill: Sendable, Equatable {
    /// For limits of tokens.
    private(set) var tokens: Int64 = 0
    /// For budgets, in micro-USD, rounded up.
    private(set) var chargeMicroUSD: Int64 = 0
    /// Whether anything of it has a price.
    private(set) var isPriced = false

    static let none = InferenceBill()

    /// As a provider told it, or as a whole answer's length bounds it.
    /// - Parameter charge: nil where there is no price.
    mutating func add(_ told: Outcome.Tokens, charge: Int64?) {
        let (sum, overflow) = told.input.addingReportingOverflow(told.output)
        add(tokens: overflow ? .max : sum, charge: charge)
    }

    /// Nobody knows how far a provider came with what it was asked: all that was reserved for it counts, or what is
    /// known where that is more.
    mutating func add(unknown reserved: Reservation, tokens: Int64 = 0, charge: Int64 = 0) {
        add(
            tokens: max(tokens, Int64(clamping: reserved.tokens)), charge: reserved.ceiling.map { max($0, charge) })
    }

    private mutating func add(tokens: Int64, charge: Int64?) {
        let (sum, overflow) = self.tokens.addingReportingOverflow(max(0, tokens))
        self.tokens = overflow ? .max : sum
        guard let charge else { return }
        isPriced = true
        let (money, past) = chargeMicroUSD.addingReportingOverflow(max(0, charge))
        chargeMicroUSD = past ? .max : money
    }
}
