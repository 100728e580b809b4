import Domain
import SQL

/// An outcome of a batch with what was worked out to write it.
struct StorableOutcome {
    /// Where it stands in its batch.
    let index: Int
    let profile: Profile
    /// Microseconds.
    let latency: Int64

    /// - Throws: `UnwritableOutcome`, or what the store said.
    init(_ outcome: Outcome, at index: Int, profiles: inout ProfileTable, in transaction: any Transaction) throws {
        guard let latency = Self.microseconds(outcome.latencyMilliseconds) else {
            throw UnwritableOutcome(id: outcome.id.text, reason: "its latency is no length of time")
        }
        if let first = outcome.firstTokenMilliseconds, Self.microseconds(first) == nil {
            throw UnwritableOutcome(id: outcome.id.text, reason: "its time to the first token is no length of time")
        }
        guard outcome.probability.isFinite else {
            throw UnwritableOutcome(id: outcome.id.text, reason: "its probability is no number")
        }
        if outcome.hasAttempt(where: { Self.microseconds($0.latencyMilliseconds) == nil }) {
            throw UnwritableOutcome(id: outcome.id.text, reason: "an attempt's latency is no length of time")
        }
        self.index = index
        self.latency = latency
        profile = try profiles.profile(of: outcome, in: transaction)
    }

    /// nil for what is negative, infinite, no number, or longer than a century.
    static func microseconds(_ milliseconds: Double) -> Int64? {
        guard milliseconds >= 0, milliseconds < 3e12 else { return nil }
        return Int64((milliseconds * 1_000).rounded())
    }
}
