/// Which variant a unit belongs to: a pure function of deployment, unit and weights.
///
/// Weighted rendezvous hashing (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998;
/// weights by the logarithm method of Schindelhauer and Schomaker, 2005): each variant draws a score −ln(h)/w from a
/// hash of deployment, unit and its own name, and the smallest wins. The shares are the weights, and when the weight of
/// one variant grows against the others, units move to it and never between two others.
package struct Assignment: Sendable {
    private let salts: [UInt64]
    private let weights: [Double]
    private let only: Int?

    /// - Parameters:
    ///   - salt: the deployment's id, so that the same user is not first in line in every deployment.
    ///   - variants: at least one of them with a weight above zero.
    package init(salt: String, variants: [(name: String, weight: Weight)]) {
        salts = variants.map { StableHash.hash(salt, seed: StableHash.hash($0.name, seed: 0x5349_474E_414C)) }
        let weights = variants.map { Double($0.weight.hundredths) }
        self.weights = weights
        let live = weights.indices.filter { weights[$0] > 0 }
        only = live.count == 1 ? live.first : nil
    }

    package func index(of unit: String) -> Int {
        only ?? first(of: unit) { _ in true } ?? 0
    }

    /// Among those that `isAllowed` lets through: who would be on one of them anyway, stays there.
    /// - Returns: the place, and the probability among them; nil when none of them has a weight.
    package func index(of unit: String, among isAllowed: [Bool]) -> (index: Int, probability: Double)? {
        guard let index = first(of: unit, where: { isAllowed[$0] }) else { return nil }
        let sum = weights.indices.reduce(0) { isAllowed[$1] ? $0 + weights[$1] : $0 }
        return (index, weights[index] / sum)
    }

    private func first(of unit: String, where isAllowed: (Int) -> Bool) -> Int? {
        let hashed = StableHash.hash(unit, seed: 0)
        var best: Int?
        var bestScore = Double.infinity
        for index in weights.indices where weights[index] > 0 && isAllowed(index) {
            let score = -StableHash.logarithmOfUniform(StableHash.mix(hashed ^ salts[index])) / weights[index]
            if score < bestScore {
                bestScore = score
                best = index
            }
        }
        return best
    }
}
