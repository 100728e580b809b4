import Domain
import Synchronization

/// The budgets of the deployments that have a shadow.
package final class MirrorDirectory: Sendable {
    private let routing: Snapshot<RoutingTable>
    /// By the deployment's id.
    private let known = Mutex<[String: MirrorBudget]>([:])

    init(routing: Snapshot<RoutingTable>) {
        self.routing = routing
    }

    /// Asked when the plan of a deployment is made, never by an inference.
    func budget(of deployment: LiveDeployment) -> MirrorBudget {
        known.withLock { known in
            if let budget = known[deployment.id] { return budget }
            let budget = MirrorBudget(project: deployment.project, deployment: deployment.name)
            known[deployment.id] = budget
            return budget
        }
    }

    /// Of all deployments that are there.
    package var budgets: [MirrorBudget] {
        let live = Set(routing.current.deployments.values.map(\.id))
        let budgets = known.withLock { known in
            known = known.filter { live.contains($0.key) }
            return Array(known.values)
        }
        return budgets.sorted { ($0.project, $0.deployment) < ($1.project, $1.deployment) }
    }
}
