import Domain
import HTTP
import Reactor

/// What serving a variant takes and is the same for every request.
final class VariantPlan: Sendable {
    let variant: LiveVariant
    /// By the numbers of the surfaces; nil for one that its provider does not have.
    private let routes: [SurfaceRoute?]
    /// The header fields that tell the caller what it was assigned to.
    let fields: Headers
    /// What its outcomes have in common.
    let arm: OutcomeArm
    /// By the numbers of the surfaces; empty where no answers are kept.
    private let cachePrefixes: [[UInt8]?]
    /// Of its provider's model.
    let health: UpstreamHealth
    /// Of its model.
    let coolDown: CoolDown
    let breakerMode: BreakerMode
    /// At this time; nil when it is not known.
    let price: Price?
    /// The limits of its provider; nil where it has none.
    let meter: Meter?
    /// Chooses where it runs; nil when it runs at one place.
    let balancer: Balancer?
    /// Whether this is one of several places of a variant, whose calls are counted.
    let isPlace: Bool
    /// How long it takes to begin an answer; nil where nobody goes by that.
    let times: PlaceTimes?

    /// - Parameter balancer: over the plans of its places, where it has several.
    init(
        _ variant: LiveVariant, of deployment: LiveDeployment, _ health: UpstreamHealth, price: Price?,
        _ meters: MeterBook, _ accesses: AccessDirectory, outputTokensAssumed: Int, balancer: Balancer? = nil,
        isPlace: Bool = false, times: PlaceTimes? = nil
    ) {
        self.variant = variant
        self.balancer = balancer
        self.isPlace = isPlace
        self.times = times
        self.health = health
        coolDown = health.coolDown(of: variant.providerModel)
        breakerMode = variant.provider.breaker
        self.price = price
        meter = meters.meter(
            .provider, id: variant.provider.id, name: variant.provider.name, limits: variant.provider.limits,
            budget: nil)
        let provider = variant.provider
        let kind = WireKind.named(provider.kind)
        let access = kind.map { accesses.access(to: provider, $0) } ?? .unusable
        let outputTokensMax = price?.outputTokensMax.flatMap { Int(exactly: $0) } ?? outputTokensAssumed
        routes = Surface.all.map { surface in
            kind.flatMap { SurfaceRoute(surface, of: variant, $0, access, outputTokensMax: outputTokensMax) }
        }
        let keepsAnswers = deployment.options.cache != nil
        cachePrefixes =
            keepsAnswers
            ? zip(Surface.all, routes).map { surface, route in
                if let balancer { return balancer.cachePrefix(surface) }
                return route.map { RequestFingerprint.prefix(deployment, variant, surface, url: $0.target.url) }
            } : []
        var fields = Headers()
        fields.add("x-signalbox-deployment", deployment.name)
        fields.add("x-signalbox-revision", String(deployment.revision))
        fields.add("x-signalbox-variant", variant.name)
        self.fields = fields
        arm = OutcomeArm(
            project: deployment.project, deploymentID: deployment.id, deployment: deployment.name,
            environment: deployment.environment, revision: deployment.revision, variant: variant.name,
            provider: provider.name, model: variant.model, prompt: variant.prompt)
    }

    /// Itself, once for each place where it runs.
    var places: [VariantPlan] { balancer?.plans ?? [self] }

    /// Where a request of nobody's runs that is not tried again.
    /// - Returns: nil when the rules allow no place; one that would not be asked now when there is no other.
    func place(
        within regions: [RegionRule], unit: String, isStream: Bool, at now: MonotonicInstant
    ) -> VariantPlan? {
        guard let balancer else { return variant.isAllowed(by: regions) ? self : nil }
        var round = UpstreamRound(balancer, within: regions, asked: 0)
        return round.next(unit: unit, isStream: isStream, at: now) { $0.isReady(at: now) }
    }

    /// Whether its upstream would be asked now.
    func isReady(at now: MonotonicInstant) -> Bool {
        switch breakerMode {
        case .automatic: coolDown.isOver(at: now) && !health.refuses(at: now)
        case .forcedClosed: true
        case .forcedOpen: false
        }
    }

    /// What begins the key of every request over a surface; nil where no answers are kept.
    func cachePrefix(_ surface: Surface) -> [UInt8]? {
        surface.number < cachePrefixes.count ? cachePrefixes[surface.number] : nil
    }

    /// Whether its upstream is asked without a thought: nobody has forced it, nothing has failed of late.
    @inline(__always)
    func isAtEase(at now: MonotonicInstant) -> Bool {
        breakerMode == .automatic && health.isAtEase && coolDown.isOver(at: now)
    }

    /// The code of an error: another variant may serve what this one's provider does not have.
    static let unsupportedSurface = "unsupported_surface"

    /// - Throws: 400 when the variant cannot serve the surface at all.
    func route(for surface: Surface) throws(OpenAIError) -> SurfaceRoute {
        guard surface.takesPrompts || variant.compiledPrompt == nil else {
            throw .invalid(
                "the variant \(variant.name) has a prompt, which \(surface.path) cannot take", param: "model",
                code: "unsupported_prompt")
        }
        guard let route = routes[surface.number] else {
            throw .invalid(
                "the provider \(variant.provider.name) is of the kind \(variant.provider.kind), which has no "
                    + surface.path, param: "model", code: Self.unsupportedSurface)
        }
        return route
    }
}
