package import Domain
package import Reactor
import Synchronization

/// The health of every model of every provider that is served from: it outlives the revisions and routing tables that
/// name it.
package final class UpstreamDirectory: Sendable {
    private struct Key: Hashable {
        let provider: String
        let model: String
    }

    /// How one provider fares, over all of its models.
    package struct Entry: Sendable {
        package let project: String
        package let provider: String
        package let mode: BreakerMode
        package let condition: UpstreamCondition
        /// Of its models' breakers, by the provider's own ids of the models.
        package let circuits: [(model: String, circuit: UpstreamCondition.Circuit)]
    }

    private struct State {
        /// By the provider's id.
        var known: [Key: UpstreamHealth] = [:]
        /// How many there may be before those are looked for that nobody is routed to any more.
        var pruneCount = 256
    }

    private let settings: ResilienceSettings
    private let routing: Snapshot<RoutingTable>
    private let report: @Sendable (UpstreamChange) -> Void
    private let state = Mutex(State())

    init(
        _ settings: ResilienceSettings, routing: Snapshot<RoutingTable>,
        report: @escaping @Sendable (UpstreamChange) -> Void
    ) {
        self.settings = settings
        self.routing = routing
        self.report = report
    }

    /// Asked when the plan of a deployment is made, never by an inference. A provider that has moved begins anew.
    func health(of provider: LiveProvider, model: String, in project: String) -> UpstreamHealth {
        let key = Key(provider: provider.id, model: model)
        return state.withLock { state in
            if let health = state.known[key], health.baseURL == provider.baseURL, health.provider == provider.name,
                health.project == project
            {
                return health
            }
            let health = UpstreamHealth(
                project: project, provider: provider.name, model: model, baseURL: provider.baseURL, settings,
                report: report)
            state.known[key] = health
            if state.known.count > state.pruneCount {
                prune(&state, adding: key)
                state.pruneCount = max(256, state.known.count * 2)
            }
            return health
        }
    }

    /// - Returns: what it is of an upstream that was never asked when this one was not.
    package func condition(
        of provider: String, in project: String, at now: MonotonicInstant = .now()
    ) -> UpstreamCondition {
        Self.condition(of: healths(of: provider, in: project), at: now)
    }

    /// An operator has decided anew who is asked: what a provider had asked for before holds no longer.
    package func endCoolDowns(of provider: String, in project: String) {
        for health in healths(of: provider, in: project) { health.endCoolDowns() }
    }

    /// Of all that are routed to and were asked, by project and name.
    package var entries: [Entry] {
        let now = MonotonicInstant.now()
        let healths = state.withLock { state in
            prune(&state, adding: nil)
            return Array(state.known.values)
        }
        var modes: [String: [String: BreakerMode]] = [:]
        for deployment in routing.current.deployments.values {
            for variant in deployment.variants.flatMap(\.places) {
                modes[deployment.project, default: [:]][variant.provider.name] = variant.provider.breaker
            }
        }
        return Dictionary(grouping: healths) { [$0.project, $0.provider] }.values.compactMap { group -> Entry? in
            guard let first = group.first else { return nil }
            return Entry(
                project: first.project, provider: first.provider,
                mode: modes[first.project]?[first.provider] ?? .automatic,
                condition: Self.condition(of: group, at: now),
                circuits: group.map { (model: $0.model, circuit: $0.condition(at: now).circuit) }
                    .sorted { $0.model < $1.model })
        }.sorted { ($0.project, $0.provider) < ($1.project, $1.provider) }
    }

    private func healths(of provider: String, in project: String) -> [UpstreamHealth] {
        state.withLock { $0.known.values.filter { $0.provider == provider && $0.project == project } }
    }

    /// Plans that are still in use keep what they have; nobody else looks for it. A table is published before a plan of
    /// it is made, so whatever such a plan has added is in the table that is read here.
    private func prune(_ state: inout State, adding: Key?) {
        var live: Set<Key> = []
        if let adding { live.insert(adding) }
        for deployment in routing.current.deployments.values {
            for variant in deployment.variants.flatMap(\.places) {
                live.insert(Key(provider: variant.provider.id, model: variant.providerModel))
            }
        }
        state.known = state.known.filter { live.contains($0.key) }
    }

    private static func condition(of healths: [UpstreamHealth], at now: MonotonicInstant) -> UpstreamCondition {
        var whole = UpstreamCondition()
        for health in healths.sorted(by: { $0.model < $1.model }) {
            whole.add(health.condition(at: now))
        }
        return whole
    }
}
