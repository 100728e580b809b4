package import SQL

/// Builds a snapshot from the state that a transaction is about to commit.
package protocol SnapshotSource: Sendable {
    /// - Returns: what swaps the new snapshot in; called after COMMIT.
    /// - Throws: when the state cannot be served. The write that made it so is rolled back.
    func prepare(from connection: any Connection) throws -> @Sendable () -> Void
}
