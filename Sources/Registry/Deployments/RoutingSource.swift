package import Domain
import REST
package import SQL
import Synchronization

/// Builds the routing table from the state that is about to be committed, and swaps it in after the commit.
package final class RoutingSource: SnapshotSource {
    private let snapshot: Snapshot<RoutingTable>
    private let sealing: any SecretSealing
    private let kinds: ProviderKinds
    private let swaps = Atomic<Int>(0)

    /// - Parameter kinds: those that the gateway can speak to; a provider of any other cannot serve.
    package init(snapshot: Snapshot<RoutingTable>, sealing: any SecretSealing, kinds: ProviderKinds) {
        self.snapshot = snapshot
        self.sealing = sealing
        self.kinds = kinds
    }

    package func prepare(from connection: any Connection) throws -> @Sendable () -> Void {
        let table: RoutingTable
        do {
            table = RoutingTable(try reader(connection).live())
        } catch let unbuildable as RevisionReader.Unbuildable {
            throw Problem(
                status: 500, title: "Routing table not built",
                detail: "\(unbuildable.deployment) cannot be served: \(unbuildable.reason); nothing was written",
                internal: String(describing: unbuildable))
        }
        return { [self] in
            snapshot.replace(with: table)
            swaps.add(1, ordering: .releasing)
        }
    }

    /// The first table, at start.
    /// - Throws: `Problem` with the reason when what is stored cannot be served.
    package func load(from database: any Database) async throws {
        try await database.read { [self] in try prepare(from: $0) }()
    }

    /// How often the table was swapped: what was built apart from it under another count may be out of date.
    var swapCount: Int {
        swaps.load(ordering: .acquiring)
    }

    func reader(_ connection: any Connection) -> RevisionReader {
        RevisionReader(connection: connection, sealing: sealing, kinds: kinds)
    }
}
