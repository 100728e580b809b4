/// How one of several upstreams of a variant is chosen.
package enum BalancePolicy: String, Sendable, CaseIterable {
    /// By the unit, in the shares that were written: what a provider has read of a unit's before, it reads again.
    case weighted
    /// Of two drawn at random the one with fewer calls that have not ended.
    case leastOutstanding = "least_outstanding"
    /// Of two drawn at random the one that is expected to answer sooner.
    case latency
    /// The cheapest that may be asked.
    case cost
}
