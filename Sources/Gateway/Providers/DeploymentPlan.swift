import Domain
import Synchronization

/// What serving a deployment takes and is the same for every request: made once, and kept with the deployment.
final class DeploymentPlan: Sendable {
    /// In the order of the deployment's variants.
    let variants: [VariantPlan]
    private let tally = Mutex<CacheTally?>(nil)
    /// Whether all of them are asked of the same provider.
    let hasOneProvider: Bool
    /// Whether any of them runs at several places.
    let isBalanced: Bool
    let policy: TryPolicy
    /// nil where it has no shadow.
    let mirror: Mirror?
    /// nil where nobody is asked beside another.
    let hedging: Hedging?

    /// Of the price table that it was made with.
    private let generation: Int
    /// When a price of it changes, Unix milliseconds.
    private let pricedUntil: Int64

    /// The deployment's limits and budget; nil where it has none.
    let meter: Meter?
    /// Whether it or a provider of its variants has any.
    let isMetered: Bool

    private init(_ deployment: LiveDeployment, _ gateway: Gateway, _ generation: Int, at now: Timestamp) {
        self.generation = generation
        let table = gateway.prices.table
        var until = Int64.max
        let hedging = Hedging(of: deployment, gateway)
        func plan(_ variant: LiveVariant, _ balancer: Balancer? = nil, isPlace: Bool = false) -> VariantPlan {
            let (price, end) = Self.price(of: variant, in: table, at: now)
            until = min(until, end)
            let health = gateway.upstreams.health(
                of: variant.provider, model: variant.providerModel, in: deployment.project)
            return VariantPlan(
                variant, of: deployment, health, price: price, gateway.meters, gateway.accesses,
                outputTokensAssumed: gateway.settings.outputTokensAssumed, balancer: balancer, isPlace: isPlace,
                times: hedging?.times(of: variant))
        }
        variants = deployment.variants.map { variant in
            guard let balancing = variant.balancing else { return plan(variant) }
            let places = balancing.upstreams.map { plan($0, isPlace: true) }
            return plan(variant, Balancer(balancing, places, salt: deployment.id, gateway.dice))
        }
        let places = variants.flatMap(\.places)
        isBalanced = variants.contains { $0.balancer != nil }
        pricedUntil = until
        meter = Self.meter(of: deployment, gateway, at: now)
        isMetered = meter != nil || places.contains { $0.meter != nil }
        policy = TryPolicy(deployment.options.resilience, gateway.settings)
        self.hedging = hedging
        mirror = Mirror(of: deployment, variants, policy, gateway)
        hasOneProvider = Set(places.map(\.variant.provider.id)).count == 1
        gateway.meters.prune([.deployment, .provider]) {
            // A table is published before a plan of it is made. Of an earlier revision, which may be in none, the
            // plan is this one.
            var live: Set<LimitedSubject> = []
            for deployment in [deployment] + Array(gateway.names.routing.current.deployments.values) {
                live.insert(LimitedSubject(.deployment, deployment.id))
                for variant in deployment.variants.flatMap(\.places) {
                    live.insert(LimitedSubject(.provider, variant.provider.id))
                }
            }
            return live
        }
    }

    /// What the cache counts for the deployment, over all of its revisions.
    func cacheTally(_ deployment: LiveDeployment, in cache: AnswerCache) -> CacheTally {
        tally.withLock { tally in
            if let tally { return tally }
            let found = cache.tally(of: deployment)
            tally = found
            return found
        }
    }

    /// A model version's own price stands over the table's.
    private static func price(
        of variant: LiveVariant, in table: PriceTable, at now: Timestamp
    ) -> (price: Price?, until: Int64) {
        if let own = variant.price { return (own, .max) }
        let schedule = table.schedule(kind: variant.provider.kind, model: variant.providerModel)
        return schedule?.price(at: now) ?? (nil, .max)
    }

    /// Made anew when another price table is in force, or a price of the deployment's has come to its end.
    static func of(_ deployment: LiveDeployment, _ gateway: Gateway, at now: Timestamp) -> DeploymentPlan {
        let generation = gateway.prices.generation
        return deployment.derived.product {
            $0.generation == generation && now.milliseconds < $0.pricedUntil
        } _: {
            DeploymentPlan(deployment, gateway, generation, at: now)
        }
    }

    /// Of an earlier revision, called by its number, the limits of the one that serves hold: else they would be no
    /// limits.
    private static func meter(of deployment: LiveDeployment, _ gateway: Gateway, at now: Timestamp) -> Meter? {
        let live = gateway.names.routing.current.deployment(
            project: deployment.project, environment: deployment.environment, name: deployment.name)
        if let live, live !== deployment, live.id == deployment.id { return of(live, gateway, at: now).meter }
        return gateway.meters.meter(
            .deployment, id: deployment.id, name: deployment.name, limits: deployment.options.limits,
            budget: deployment.options.budget)
    }
}
