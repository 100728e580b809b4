/// What an inference cost that is in the file.
package struct WrittenCharge: Sendable {
    /// Its key, its project and its deployment.
    package let subjects: [LimitedSubject]
    package let begun: Timestamp
    /// As budgets count it.
    package let microUSD: Int64
    private let meters: Outcome.Meters?

    /// - Returns: nil for what no budget counts: what has no price, and what the monitor and shadows cost, which is
    ///   nobody's who called.
    package init?(_ outcome: Outcome) {
        guard let charge = outcome.chargeMicroUSD, outcome.origin != .probe, outcome.origin != .mirror else {
            return nil
        }
        subjects = [
            LimitedSubject(.key, outcome.keyID), LimitedSubject(.project, outcome.project),
            LimitedSubject(.deployment, outcome.deploymentID),
        ]
        begun = outcome.createdAt
        microUSD = charge
        meters = outcome.meters
    }

    /// Whether the inference did that itself when it ended. By when it began nobody can tell: it may have looked for
    /// its meters much later, as who sends a long form does, or before another that began earlier.
    func isCounted(in account: BudgetAccount) -> Bool {
        guard let meters else { return false }
        return meters.deployment?.counts(in: account) == true || meters.caller.contains { $0.counts(in: account) }
    }
}
