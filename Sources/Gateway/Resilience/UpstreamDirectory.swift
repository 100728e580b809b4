package import Domain
package import Reactor
import Synchronization

/// The health of every provider that was ever served from, by project and name: it outlives the revisions and routing
/// tables that name it.
package final class UpstreamDirectory: Sendable {
    private struct Key: Hashable {
        let project: String
        let provider: String
    }

    private let settings: ResilienceSettings
    private let report: @Sendable (UpstreamChange) -> Void
    private let known = Mutex<[Key: UpstreamHealth]>([:])

    init(_ settings: ResilienceSettings, report: @escaping @Sendable (UpstreamChange) -> Void) {
        self.settings = settings
        self.report = report
    }

    /// Asked when the plan of a deployment is made, never by an inference.
    func health(of provider: LiveProvider, in project: String) -> UpstreamHealth {
        let key = Key(project: project, provider: provider.name)
        return known.withLock { known in
            if let health = known[key] { return health }
            let health = UpstreamHealth(project: project, provider: provider.name, settings, report: report)
            known[key] = health
            return health
        }
    }

    /// - Returns: what it is of an upstream that was never asked when this one was not.
    package func condition(
        of provider: String, in project: String, at now: MonotonicInstant = .now()
    ) -> UpstreamCondition {
        known.withLock { $0[Key(project: project, provider: provider)] }?.condition(at: now) ?? UpstreamCondition()
    }

    /// Of all that were asked, by project and name.
    package var conditions: [(project: String, provider: String, condition: UpstreamCondition)] {
        let now = MonotonicInstant.now()
        return known.withLock { Array($0.values) }
            .map { (project: $0.project, provider: $0.provider, condition: $0.condition(at: now)) }
            .sorted { ($0.project, $0.provider) < ($1.project, $1.provider) }
    }
}
