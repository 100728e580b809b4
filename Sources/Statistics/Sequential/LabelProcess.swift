internal import Glibc

/// Is the candidate worse? Evidence from randomised labels on a yes-or-no result (an error, a thumbs-down, a failed
/// probe), valid at every look, for any drift of the baseline and any change of the weights, since the only randomness
/// it leans on is the assignment itself. A randomisation unit may be observed once per step of a rollout.
package struct LabelProcess: Sendable, Equatable {
    private var control = Rate()
    private var candidate = Rate()
    /// ln of the product of e-values: the evidence that the candidate is worse.
    package private(set) var logEvidence = 0.0
    /// How many observations were left out because their weight is no probability strictly between 0 and 1.
    package private(set) var uninformative: UInt64 = 0

    /// No evidence yet.
    package init() {}

    /// - Parameters:
    ///   - bad: whether the undesired result occurred.
    ///   - toCandidate: where the unit was assigned.
    ///   - weight: the probability of the candidate as it was when the unit was assigned.
    package mutating func observe(bad: Bool, toCandidate: Bool, weight: Double) {
        guard weight > 0, weight < 1 else {
            uninformative += 1
            return
        }
        // Predictable: only what was seen before this observation shapes the bet on it.
        let (worse, base) = (candidate.estimate, control.estimate)
        if worse > base {
            let ifCandidate = bad ? worse : 1 - worse
            let ifControl = bad ? base : 1 - base
            logEvidence += log(
                (toCandidate ? ifCandidate : ifControl) / (weight * ifCandidate + (1 - weight) * ifControl))
        }
        if toCandidate { candidate.add(bad) } else { control.add(bad) }
    }

    /// Whether the evidence suffices to roll back with at most `alpha` chance of ever doing so to a harmless candidate.
    package func rejects(alpha: Double) -> Bool { logEvidence >= -log(alpha) }

    private struct Rate: Sendable, Equatable {
        private var bad = 0.0
        private var count = 0.0

        /// Add-half smoothing: never 0 or 1, so that no single observation can be impossible.
        var estimate: Double { (bad + 0.5) / (count + 1) }

        mutating func add(_ isBad: Bool) {
            count += 1
            if isBad { bad += 1 }
        }
    }
}
