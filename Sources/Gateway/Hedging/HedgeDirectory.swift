import Domain
import Synchronization

/// The ledgers of the deployments that hedge.
package final class HedgeDirectory: Sendable {
    private let routing: Snapshot<RoutingTable>
    /// By the deployment's id.
    private let known = Mutex<[String: HedgeLedger]>([:])

    init(routing: Snapshot<RoutingTable>) {
        self.routing = routing
    }

    /// Asked when the plan of a deployment is made, never by an inference.
    func ledger(of deployment: LiveDeployment) -> HedgeLedger {
        known.withLock { known in
            if let ledger = known[deployment.id] { return ledger }
            let ledger = HedgeLedger(project: deployment.project, deployment: deployment.name)
            known[deployment.id] = ledger
            return ledger
        }
    }

    /// Of all deployments that are there.
    package var ledgers: [HedgeLedger] {
        let live = Set(routing.current.deployments.values.map(\.id))
        let ledgers = known.withLock { known in
            known = known.filter { live.contains($0.key) }
            return Array(known.values)
        }
        return ledgers.sorted { ($0.project, $0.deployment) < ($1.project, $1.deployment) }
    }
}
