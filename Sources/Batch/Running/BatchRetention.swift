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

    /// Rows that one transaction changes: other writes come between. Pieces of a file have 64 KiB each.
    private static let rowsPerWrite = 64
    /// Of answers, which may have as much as 64 MiB each: as much as of a file's pieces, but for one that is larger.
    private static let bytesPerWrite = 4 << 20
    private static let dayMilliseconds: Int64 = 86_400_000

    /// Behind which batch the next look begins.
    private struct Place: Sendable {
        var createdAt: Int64 = .min
        var id = ""
    }

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
        // No upload outlives its process, nor lasts for days.
        let cutOff = max(startedAt.milliseconds, now.milliseconds - Self.dayMilliseconds)
        try await mark("is_complete = 0 AND created_at < $2 ORDER BY created_at", cutOff, at: now)
        try await mark("expires_at <= $2 ORDER BY expires_at", now.milliseconds, at: now)
        let oldest = settings.keepDays.map { now.milliseconds - Int64($0) * Self.dayMilliseconds }
        if let oldest { try await mark("created_at < $2 ORDER BY created_at", oldest, at: now) }
        var file: String? = ""
        while let from = file {
            file = try await database.write { try self.purge(from: from, in: $0) }
            try Task.checkCancellation()
        }
        guard let oldest else { return }
        var batch: Place? = Place()
        while let after = batch {
            batch = try await database.write { try self.forget(before: oldest, after: after, in: $0) }
            try Task.checkCancellation()
        }
    }

    /// Files that are to go: each kind by an index that has them in front.
    private func mark(_ condition: String, _ limit: Int64, at now: Timestamp) async throws {
        var count = Self.rowsPerWrite
        while count == Self.rowsPerWrite {
            count = try await database.write { transaction in
                try transaction.execute(
                    """
                    UPDATE files SET deleted_at = $1 WHERE id IN (
                        SELECT id FROM files WHERE deleted_at IS NULL AND \(condition) LIMIT $3)
                    """, [SQLValue(now.milliseconds), SQLValue(limit), SQLValue(Self.rowsPerWrite)])
            }
            try Task.checkCancellation()
        }
    }

    /// A part of the first deleted file that no unfinished batch reads.
    /// - Parameter from: the id that it has at least.
    /// - Returns: from where there may be more; nil when there is none.
    private func purge(from: String, in transaction: any Transaction) throws -> String? {
        let found = try transaction.first(
            """
            SELECT id, batch_id, is_error FROM files AS f WHERE deleted_at IS NOT NULL AND id >= $1 AND NOT EXISTS (
                SELECT 1 FROM batches AS b WHERE b.input_file_id = f.id
                AND b.status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
            ORDER BY id LIMIT 1
            """, [.text(from)]
        ) { (id: try $0.text(0), batch: try $0.textOrNull(1), isError: try $0.boolOrNull(2) ?? false) }
        guard let found else { return nil }
        let count =
            if let batch = found.batch {
                try LineStore.removeAnswers(
                    of: batch, isError: found.isError, count: Self.rowsPerWrite, bytesMax: Self.bytesPerWrite,
                    in: transaction)
            } else {
                try transaction.execute(
                    """
                    DELETE FROM chunks WHERE file_id = $1 AND number IN (
                        SELECT number FROM chunks WHERE file_id = $1 ORDER BY number LIMIT $2)
                    """, [.text(found.id), SQLValue(Self.rowsPerWrite)])
            }
        if count == 0 { try transaction.execute("DELETE FROM files WHERE id = $1", [.text(found.id)]) }
        return found.id
    }

    /// Those of a few finished batches that have neither files nor answers.
    /// - Returns: behind which there may be more; nil when there is none.
    private func forget(before oldest: Int64, after place: Place, in transaction: any Transaction) throws -> Place? {
        let batches = try transaction.query(
            """
            SELECT id, created_at,
                EXISTS (SELECT 1 FROM files AS f WHERE f.id IN (b.output_file_id, b.error_file_id))
                OR EXISTS (SELECT 1 FROM answers AS a WHERE a.batch_id = b.id)
            FROM batches AS b
            WHERE status IN ('failed', 'completed', 'expired', 'cancelled')
              AND created_at < $1 AND (created_at, id) > ($2, $3)
            ORDER BY created_at, id LIMIT $4
            """, [SQLValue(oldest), SQLValue(place.createdAt), .text(place.id), SQLValue(Self.rowsPerWrite)]
        ) { (place: Place(createdAt: try $0.integer(1), id: try $0.text(0)), isNeeded: try $0.bool(2)) }
        for batch in batches where !batch.isNeeded {
            try transaction.execute("DELETE FROM batches WHERE id = $1", [.text(batch.place.id)])
        }
        return batches.count < Self.rowsPerWrite ? nil : batches.last?.place
    }
}
