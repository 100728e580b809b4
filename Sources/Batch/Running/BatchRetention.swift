import Domain
import SQL

/// Clears away what nobody sees any more, a little at a time: files that were deleted or are too old, uploads that were
/// cut off, batches that ended long ago. Their room in the file is used again; the file does not shrink.
struct BatchRetention: Sendable {
    private let database: any Database
    private let clock: WallClock
    private let settings: BatchSettings
    private let startedAt: Timestamp
    private let doorbell = Doorbell()

    private static let rowsPerWrite = 256
    private static let dayMilliseconds: Int64 = 86_400_000

    init(database: any Database, clock: WallClock, settings: BatchSettings) {
        self.database = database
        self.clock = clock
        self.settings = settings
        startedAt = clock.now()
    }

    func ring() { doorbell.ring() }

    func wait() async { await doorbell.wait(atMost: .milliseconds(settings.sweepMilliseconds)) }

    func sweep() async throws {
        let now = clock.now()
        try await database.write { try self.mark(at: now, in: $0) }
        while try await database.write({ try self.purge(in: $0) }) { try Task.checkCancellation() }
        guard let days = settings.keepDays else { return }
        let oldest = now.milliseconds - Int64(days) * Self.dayMilliseconds
        while try await database.write({ try self.forget(before: oldest, in: $0) }) { try Task.checkCancellation() }
    }

    /// Files that are to go.
    private func mark(at now: Timestamp, in transaction: any Transaction) throws {
        // No upload outlives its process, nor lasts for days.
        try transaction.execute(
            """
            UPDATE files SET deleted_at = $1
            WHERE deleted_at IS NULL AND (expires_at <= $1 OR is_complete = 0 AND (created_at < $2 OR created_at < $3))
            """,
            [
                SQLValue(now.milliseconds), SQLValue(startedAt.milliseconds),
                SQLValue(now.milliseconds - Self.dayMilliseconds),
            ])
        guard let days = settings.keepDays else { return }
        try transaction.execute(
            "UPDATE files SET deleted_at = $1 WHERE deleted_at IS NULL AND created_at < $2",
            [SQLValue(now.milliseconds), SQLValue(now.milliseconds - Int64(days) * Self.dayMilliseconds)])
    }

    /// A part of the first deleted file that no unfinished batch reads.
    /// - Returns: whether there may be more.
    private func purge(in transaction: any Transaction) throws -> Bool {
        let found = try transaction.first(
            """
            SELECT id, batch_id, is_error FROM files AS f WHERE deleted_at IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM batches AS b WHERE b.input_file_id = f.id
                AND b.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
            ORDER BY id LIMIT 1
            """
        ) { (id: try $0.text(0), batch: try $0.textOrNull(1), isError: try $0.boolOrNull(2) ?? false) }
        guard let found else { return false }
        let count =
            if let batch = found.batch {
                try transaction.execute(
                    """
                    DELETE FROM answers WHERE batch_id = $1 AND number IN (
                        SELECT number FROM answers WHERE batch_id = $1 AND is_error = $2 LIMIT $3)
                    """, [.text(batch), SQLValue(found.isError), SQLValue(Self.rowsPerWrite)])
            } else {
                try transaction.execute(
                    """
                    DELETE FROM chunks WHERE file_id = $1 AND number IN (
                        SELECT number FROM chunks WHERE file_id = $1 LIMIT $2)
                    """, [.text(found.id), SQLValue(Self.rowsPerWrite)])
            }
        if count < Self.rowsPerWrite { try transaction.execute("DELETE FROM files WHERE id = $1", [.text(found.id)]) }
        return true
    }

    /// Finished batches without files.
    private func forget(before oldest: Int64, in transaction: any Transaction) throws -> Bool {
        let count = try transaction.execute(
            """
            DELETE FROM batches WHERE id IN (
                SELECT id FROM batches AS b
                WHERE created_at < $1 AND status IN ('failed', 'completed', 'expired', 'cancelled')
                  AND NOT EXISTS (SELECT 1 FROM files AS f WHERE f.id IN (b.output_file_id, b.error_file_id))
                  AND NOT EXISTS (SELECT 1 FROM answers AS a WHERE a.batch_id = b.id)
                LIMIT $2)
            """, [SQLValue(oldest), SQLValue(Self.rowsPerWrite)])
        return count == Self.rowsPerWrite
    }
}
