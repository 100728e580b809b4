package import Domain
import REST
package import SQL

/// Builds the key table from the store: all keys that are not revoked.
package struct KeySource: SnapshotSource {
    private let snapshot: Snapshot<KeyTable>
    private let meters: MeterBook

    /// - Parameter meters: what counts against the keys' limits and their projects'.
    package init(snapshot: Snapshot<KeyTable>, meters: MeterBook) {
        self.snapshot = snapshot
        self.meters = meters
    }

    package func prepare(from connection: any Connection) throws -> @Sendable () -> Void {
        let table = try KeyStore.table(from: connection, meters)
        return { [snapshot, meters] in
            snapshot.replace(with: table)
            meters.published()
            // Of keys that were revoked.
            meters.keep(.key, Set(table.entries.keys))
        }
    }

    /// At the start.
    package func load(from database: any Database) async throws {
        let table = try await database.read { [meters] in try KeyStore.table(from: $0, meters) }
        snapshot.replace(with: table)
        meters.published()
    }
}
