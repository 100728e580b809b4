import Domain
import Telemetry

/// All that a run needs to know before its first call: each example through each variant, weight or not.
struct RunPlan: Sendable {
    struct Call: Sendable {
        let example: Int
        let variant: Int
    }

    let scorer: Scorer
    let deployment: LiveDeployment
    let examples: [DatasetExample]

    /// What is left to do. The variants take turns, so that drift of the upstream meets all of them alike.
    func calls(without scored: Set<ScoreKey>) -> [Call] {
        var calls = [Call]()
        for example in examples.indices {
            for variant in deployment.variants.indices {
                let key = ScoreKey(variant: deployment.variants[variant].name, exampleID: examples[example].id)
                if !scored.contains(key) { calls.append(Call(example: example, variant: variant)) }
            }
        }
        return calls
    }

    /// `count` of the examples, the same for the same run: those whose ids hash lowest under the run's id (bottom-k
    /// sampling), in their own order.
    static func sample(_ examples: [DatasetExample], count: Int?, run: String) -> [DatasetExample] {
        guard let count, count < examples.count else { return examples }
        let seed = StableHash.hash(run, seed: 0x5052_4F42_45)
        let ranked = examples.indices.map { (rank: StableHash.hash(examples[$0].id, seed: seed), index: $0) }
            .sorted { $0 < $1 }
        return ranked.prefix(count).map(\.index).sorted().map { examples[$0] }
    }
}
