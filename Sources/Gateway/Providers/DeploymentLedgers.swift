import Domain
import Synchronization

/// What is counted of a deployment, whichever of its revisions serves.
package protocol DeploymentLedger: AnyObject, Sendable {
    var project: String { get }
    var deployment: String { get }

    init(project: String, deployment: String)
}

/// One ledger for each deployment that has need of it.
package final class DeploymentLedgers<Ledger: DeploymentLedger>: Sendable {
    private let routing: Snapshot<RoutingTable>
    /// By the deployment's id.
    private let known = Mutex<[String: Ledger]>([:])

    init(routing: Snapshot<RoutingTable>) {
        self.routing = routing
    }

    /// Asked when the plan of a deployment is made, never by an inference.
    func ledger(of deployment: LiveDeployment) -> Ledger {
        known.withLock { known in
            if let ledger = known[deployment.id] { return ledger }
            let ledger = Ledger(project: deployment.project, deployment: deployment.name)
            known[deployment.id] = ledger
            return ledger
        }
    }

    /// Of all deployments that are there.
    package var all: [Ledger] {
        let ledgers = known.withLock { known in
            // Read under the lock: one that was published and planned since would be forgotten, and counted nowhere.
            let live = Set(routing.current.deployments.values.map(\.id))
            known = known.filter { live.contains($0.key) }
            return Array(known.values)
        }
        return ledgers.sorted { ($0.project, $0.deployment) < ($1.project, $1.deployment) }
    }
}
