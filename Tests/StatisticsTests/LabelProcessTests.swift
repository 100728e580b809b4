import Statistics
import Testing

struct LabelProcessTests {
    private func rejections(runs: Int, seed: UInt64, harm: Double) -> Int {
        var generator = SplitMix64(seed: seed)
        return (0..<runs).count { _ in
            var process = LabelProcess()
            for n in 0..<4000 {
                // A ramp while the shared baseline decays: what makes pooled tests roll back a harmless candidate.
                let weight = [0.05, 0.1, 0.25, 0.5][n / 1000]
                let baseline = 0.05 + 0.1 * Double(n) / 4000
                let toCandidate = generator.nextUnit() < weight
                let bad = generator.nextUnit() < baseline + (toCandidate ? harm : 0)
                process.observe(bad: bad, toCandidate: toCandidate, weight: weight)
                if process.rejects(alpha: 0.05) { return true }
            }
            return false
        }
    }

    @Test func harmlessCandidateUnderARampAndADriftIsSeldomRolledBack() {
        #expect(rejections(runs: 300, seed: 31, harm: 0) <= 20)
    }

    @Test func harmfulCandidateIsRolledBack() {
        #expect(rejections(runs: 100, seed: 32, harm: 0.15) >= 95)
    }

    @Test func evidenceOfOneOutcomeIsTheLikelihoodRatioOfItsLabel() {
        var process = LabelProcess()
        process.observe(bad: true, toCandidate: true, weight: 0.25)
        #expect(process.logEvidence == 0)
        // Past: the candidate failed once of once, .75; of the control nothing is known, .5.
        // ln(.75 / (.25·.75 + .75·.5))
        process.observe(bad: true, toCandidate: true, weight: 0.25)
        #expect(abs(process.logEvidence - 0.287682072451781) < 1e-12)
    }

    @Test func certainAssignmentsSayNothing() {
        var process = LabelProcess()
        for weight in [0.0, 1.0, .nan, -1] { process.observe(bad: true, toCandidate: true, weight: weight) }
        #expect(process.logEvidence == 0 && process.uninformative == 4)
    }
}
