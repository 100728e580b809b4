/// Where a variant runs, when that is at several places.
package struct LiveBalancing: Sendable {
    package static let upstreamsMax = 16

    package let policy: BalancePolicy
    /// The variant once for each of its upstreams, in the order in which they were written. All of the same name,
    /// weight, model version, prompt and parameters.
    package let upstreams: [LiveVariant]
    /// Of the upstreams, under the policy `weighted`; empty under all others.
    package let shares: [Weight]

    package init(_ policy: BalancePolicy, _ upstreams: [LiveVariant], shares: [Weight] = []) {
        self.policy = policy
        self.upstreams = upstreams
        self.shares = shares
    }
}
