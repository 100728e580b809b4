import Domain
import Reactor

/// Which upstreams of a variant an inference may still ask, each of them once.
struct UpstreamRound: Sendable {
    let balancer: Balancer
    /// By the places of the upstreams, a bit each.
    private(set) var left: UInt32

    /// - Parameters:
    ///   - regions: those that hold for the request.
    ///   - asked: those that were asked before, a bit each.
    init(_ balancer: Balancer, within regions: [RegionRule], asked: UInt32) {
        self.balancer = balancer
        left = 0
        for (place, plan) in balancer.plans.enumerated() where plan.variant.isAllowed(by: regions) {
            left |= 1 << UInt32(place)
        }
        left &= ~asked
    }

    /// Those that are no more to be asked.
    var asked: UInt32 { ~left }

    func bit(of plan: VariantPlan) -> UInt32 {
        balancer.plans.firstIndex { $0 === plan }.map { 1 << UInt32($0) } ?? 0
    }

    func hasMore(where isReady: (VariantPlan) -> Bool) -> Bool {
        left != 0 && balancer.plans.indices.contains { isLeft($0) && isReady(balancer.plans[$0]) }
    }

    /// The next one. Those that would not be asked now come when all others were, so that it can be told of each why
    /// another answered.
    mutating func next(
        unit: String, isStream: Bool, at now: MonotonicInstant, where isReady: (VariantPlan) -> Bool
    ) -> VariantPlan? {
        guard left != 0 else { return nil }
        var candidates = balancer.plans.indices.filter(isLeft)
        let ready = candidates.filter { isReady(balancer.plans[$0]) }
        if !ready.isEmpty { candidates = ready }
        let place = balancer.choose(candidates, unit: unit, isStream: isStream, at: now)
        left &= ~(1 << UInt32(place))
        return balancer.plans[place]
    }

    private func isLeft(_ place: Int) -> Bool { left & 1 << UInt32(place) != 0 }
}
