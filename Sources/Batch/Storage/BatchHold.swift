package import Domain
package import SQL

/// Batches that came from a backup: what they had not been answered when it was made may have been answered, and paid
/// for, since. So nothing of them is asked until somebody says so; they can be cancelled, and their window ends, as
/// ever.
package enum BatchHold {
    private static let batchesPerWrite = 256

    /// Holds all batches that would be asked. Before the runner runs.
    /// - Returns: how many there are.
    /// - Throws: `SQLError`; what is held then stays so, and calling it again goes on.
    package static func holdUnfinished(in database: any Database, at now: Timestamp) async throws -> Int {
        var sum = 0
        while true {
            let count = try await database.write { transaction in
                try transaction.execute(
                    """
                    UPDATE batches SET held_at = $1 WHERE id IN (
                        SELECT id FROM batches
                        WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling')
                          AND status IN ('validating', 'in_progress') AND held_at IS NULL
                        LIMIT $2)
                    """, [SQLValue(now.milliseconds), SQLValue(batchesPerWrite)])
            }
            sum += count
            guard count == batchesPerWrite else { return sum }
        }
    }

    /// Lets all go on that are held, whichever restore held them. Before the runner runs.
    /// - Returns: how many there were.
    /// - Throws: `SQLError`; what goes on then does so, and calling it again goes on with the rest.
    package static func resumeHeld(in database: any Database) async throws -> Int {
        var sum = 0
        while true {
            let count = try await database.write { transaction in
                try transaction.execute(
                    """
                    UPDATE batches SET held_at = NULL WHERE id IN (
                        SELECT id FROM batches
                        WHERE status IN ('validating', 'in_progress', 'finalizing', 'cancelling')
                          AND status IN ('validating', 'in_progress') AND held_at IS NOT NULL
                        LIMIT $1)
                    """, [SQLValue(batchesPerWrite)])
            }
            sum += count
            guard count == batchesPerWrite else { return sum }
        }
    }
}
