package import Domain
import REST
package import SQL

/// Builds the key table from the store: all keys that are not revoked.
package struct KeySource: SnapshotSource {
    private let snapshot: Snapshot<KeyTable>

    package init(snapshot: Snapshot<KeyTable>) {
        self.snapshot = snapshot
    }

    package func prepare(from connection: any Connection) throws -> @Sendable () -> Void {
        let table = try KeyStore.table(from: connection)
        return { [snapshot] in snapshot.replace(with: table) }
    }

    /// At the start.
    package func load(from database: any Database) async throws {
        let table = try await database.read { try KeyStore.table(from: $0) }
        snapshot.replace(with: table)
    }
}
