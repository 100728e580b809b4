import Domain
import Reactor
import Support

@testable import Gateway

/// A variant on several upstreams that are no servers: calls of them last as long as a test says, on a clock of its
/// own, and the same numbers are drawn in every run.
final class Fleet {
    struct Call {
        let place: Int
        let begin: UInt64
        let end: UInt64
        let ending: UpstreamLoad.Ending
    }

    /// How long a call lasts that begins, in milliseconds, and how it ends.
    typealias Service = (_ place: Int, _ now: UInt64, _ random: inout SeededGenerator) -> (Double, UpstreamLoad.Ending)

    static let second: UInt64 = 1_000_000_000

    let balancer: Balancer
    private(set) var calls: [Call] = []
    /// By place: the most calls that were under way at one time.
    private(set) var outstandingMax: [Int]
    private var running: [Call] = []
    private var random = SeededGenerator(seed: 4)

    init(_ policy: BalancePolicy, shares: [Double] = [], prices: [Price?] = [], count: Int) {
        let upstreams = (0..<count).map { place in
            Rig.place("u\(place)", "http://127.0.0.1:1", price: place < prices.count ? prices[place] : nil)
        }
        let variant = Rig.balanced(policy, upstreams, shares: shares)
        let deployment = Rig.deployment("bot", [variant])
        let meters = MeterBook(clock: WallClock { Timestamp(milliseconds: 0) })
        let plans = upstreams.map { upstream in
            let health = UpstreamHealth(
                project: "default", provider: upstream.provider.name, ResilienceSettings())
            return VariantPlan(
                upstream, of: deployment, health, price: upstream.price, meters,
                AccessDirectory(routing: Snapshot(.empty)), outputTokensAssumed: 4_096, isPlace: true)
        }
        guard let balancing = variant.balancing else { preconditionFailure("it was made with one") }
        balancer = Balancer(balancing, plans, salt: deployment.id, Dice(seed: 7))
        outstandingMax = [Int](repeating: 0, count: count)
    }

    private var candidates: [Int] { Array(balancer.plans.indices) }

    func choose(unit: String = "u", at now: UInt64 = 0) -> Int {
        balancer.choose(candidates, unit: unit, isStream: false, at: MonotonicInstant(nanoseconds: now))
    }

    /// Callers who ask again as soon as they are answered.
    func serve(callers: Int, until limit: UInt64, _ service: Service) {
        for _ in 0..<callers { begin(at: 1, service) }
        while let next = running.min(by: { $0.end < $1.end }), next.end < limit {
            finish(next)
            begin(at: next.end, service)
        }
        for call in running { finish(call) }
    }

    /// Calls that come whether those before them were answered or not, one every `gap` nanoseconds.
    func serve(every gap: UInt64, until limit: UInt64, _ service: Service) {
        var now: UInt64 = 1
        while now < limit {
            while let next = running.min(by: { $0.end < $1.end }), next.end <= now { finish(next) }
            begin(at: now, service)
            now += gap
        }
        for call in running { finish(call) }
    }

    /// Of the calls that began in this time.
    func shares(from begin: UInt64 = 0, to end: UInt64 = .max) -> [Double] {
        let counted = calls.filter { $0.begin >= begin && $0.begin < end }
        return candidates.map { place in
            Double(counted.count { $0.place == place }) / Double(max(1, counted.count))
        }
    }

    private func begin(at now: UInt64, _ service: Service) {
        let place = choose(unit: "caller-\(random.next())", at: now)
        let (milliseconds, ending) = service(place, now, &random)
        balancer.plans[place].health.load.begin()
        running.append(
            Call(place: place, begin: now, end: now + UInt64(milliseconds * 1_000_000), ending: ending))
        outstandingMax[place] = max(outstandingMax[place], running.count { $0.place == place })
    }

    private func finish(_ call: Call) {
        if let index = running.firstIndex(where: { $0.end == call.end && $0.place == call.place }) {
            running.remove(at: index)
        }
        calls.append(call)
        let load = balancer.plans[call.place].health.load
        load.observe(
            call.ending, call.end - call.begin, isStream: false, at: MonotonicInstant(nanoseconds: call.end))
        load.end()
    }
}

extension Rig {
    /// One place where a variant `v0` runs, at the provider `provider-NAME`.
    static func place(
        _ name: String, _ url: String, price: Price? = nil, region: String? = nil, breaker: BreakerMode = .automatic
    ) -> LiveVariant {
        let one = variant(name, url, weight: 100, region: region, breaker: breaker)
        return LiveVariant(
            name: "v0", weight: .whole, provider: one.provider, providerModel: one.providerModel, model: one.model,
            price: price)
    }

    static func balanced(
        _ policy: BalancePolicy, _ places: [LiveVariant], shares: [Double] = []
    ) -> LiveVariant {
        LiveVariant(
            name: "v0", weight: .whole, provider: places[0].provider, providerModel: places[0].providerModel,
            model: places[0].model, price: places[0].price,
            balancing: LiveBalancing(policy, places, shares: shares.compactMap { Weight(percent: $0) }))
    }
}
