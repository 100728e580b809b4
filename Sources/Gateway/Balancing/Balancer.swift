import Domain
import Reactor

/// Chooses among the upstreams of a variant. Made once per revision; what it learns is the upstreams' own.
final class Balancer: Sendable {
    let policy: BalancePolicy
    /// In the order in which they were written.
    let plans: [VariantPlan]
    /// Places of `plans`, the cheapest first; those whose price is not known come last, in their order.
    let byCost: [Int]
    private let weights: [Weight]
    private let shares: Assignment
    private let dice: Dice

    init(_ balancing: LiveBalancing, _ plans: [VariantPlan], salt: String, _ dice: Dice) {
        policy = balancing.policy
        self.plans = plans
        self.dice = dice
        byCost = Self.order(plans)
        weights = balancing.shares.isEmpty ? plans.map { _ in Weight.whole } : balancing.shares
        // Not the salt of the variants: who is first in line there is not first here.
        shares = Assignment(
            salt: salt + "/upstreams",
            variants: zip(plans, weights).map { (name: $0.variant.provider.name, weight: $1) })
    }

    /// - Parameter candidates: places of `plans`, at least one, rising.
    func choose(_ candidates: [Int], unit: String, isStream: Bool, at now: MonotonicInstant) -> Int {
        guard candidates.count > 1 else { return candidates[0] }
        switch policy {
        case .weighted:
            var isCandidate = [Bool](repeating: false, count: plans.count)
            for place in candidates { isCandidate[place] = true }
            // Those without a share serve when no other can.
            return shares.index(of: unit, among: isCandidate)?.index ?? candidates[0]
        case .leastOutstanding:
            return betterOfTwo(candidates) { Double(load($0, isStream, at: now).outstanding) }
        case .latency:
            return betterOfTwo(candidates) { Self.cost(of: load($0, isStream, at: now)) }
        case .cost:
            return byCost.first { candidates.contains($0) } ?? candidates[0]
        }
    }

    /// Two choices, drawn without looking, and the better of them (Mitzenmacher, "The power of two choices in
    /// randomized load balancing", 2001): to take the best of all would send everybody to the same one, until it is
    /// told so.
    private func betterOfTwo(_ candidates: [Int], _ cost: (Int) -> Double) -> Int {
        let first = dice.below(candidates.count)
        var second = dice.below(candidates.count - 1)
        if second >= first { second += 1 }
        return cost(candidates[second]) < cost(candidates[first]) ? candidates[second] : candidates[first]
    }

    /// What begins the keys of requests, of all of its upstreams; nil where none of them has the surface.
    func cachePrefix(_ surface: Surface) -> [UInt8]? {
        let prefixes = plans.compactMap { $0.cachePrefix(surface) }
        return prefixes.isEmpty ? nil : Array(prefixes.joined())
    }

    func load(_ place: Int, isStream: Bool, at now: MonotonicInstant) -> UpstreamLoad.Reading {
        load(place, isStream, at: now)
    }

    private func load(_ place: Int, _ isStream: Bool, at now: MonotonicInstant) -> UpstreamLoad.Reading {
        plans[place].health.load.reading(isStream: isStream, at: now)
    }

    /// How long one more call would take, in nanoseconds, were they served one by one. One of which nothing is known is
    /// asked once, and not again before it has answered.
    static func cost(of reading: UpstreamLoad.Reading) -> Double {
        guard reading.latency > 0 else {
            return reading.outstanding == 0 ? 0 : unknown + Double(reading.outstanding)
        }
        return reading.latency * Double(reading.outstanding + 1)
    }

    /// More than anything that is known.
    private static let unknown = 1e18

    /// What an ordinary call costs: four times as much is read as is written.
    private static let ordinary = Outcome.Tokens(input: 4_000, output: 1_000)

    func weight(_ place: Int) -> Weight { weights[place] }

    /// In micro-USD; nil where the price is not known.
    func ordinaryCost(_ place: Int) -> Int64? { plans[place].price?.cost(Self.ordinary) }

    private static func order(_ plans: [VariantPlan]) -> [Int] {
        let costs = plans.map { $0.price?.cost(ordinary) ?? .max }
        return costs.indices.sorted { (costs[$0], $0) < (costs[$1], $1) }
    }
}
