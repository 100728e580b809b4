import Compression
import Domain
import JSON
import SQL

/// The SQL of `bodies`.
enum BodyStore {
    private static let insert = """
        INSERT INTO bodies (seq, created_at, request_bytes, request_cut, request_redacted, answer_bytes, answer_cut,
                            answer_redacted, request, answer)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """
    private static let one = """
        SELECT request, request_bytes, request_cut, request_redacted, answer, answer_bytes, answer_cut, answer_redacted
        FROM bodies WHERE seq = $1
        """
    private static let oldest =
        "SELECT seq, created_at FROM bodies WHERE seq >= $1 ORDER BY seq LIMIT $2"
    private static let delete = "DELETE FROM bodies WHERE seq BETWEEN $1 AND $2 AND created_at < $3"
    private static let deleteOfOutcomes = """
        DELETE FROM bodies WHERE seq BETWEEN $1 AND $2 AND seq IN (
            SELECT seq FROM outcomes WHERE seq BETWEEN $1 AND $2 AND created_at < $3)
        """

    /// What a body expands to at most: the largest that may be kept, and its placeholders where they are longer than
    /// what they stand for.
    private static let unpackedBytesMax = 64 << 20

    /// Writes the bodies of an outcome, if it has any. The outcome is worth more than they are: where the store refuses
    /// only them, it stands without.
    static func insert(_ outcome: Outcome, seq: Int64, _ tally: inout BodyTally, in transaction: any Transaction) throws
    {
        guard let bodies = outcome.bodies else { return }
        // Packed before, but for those that came after the writer had looked.
        let both = PackedBodies.of(bodies)
        do {
            try transaction.execute(
                insert,
                [
                    .integer(seq), .integer(outcome.createdAt.milliseconds),
                    SQLValue(both.request.byteCount), SQLValue(both.request.isCut), SQLValue(both.request.redacted),
                    SQLValue(both.answer?.byteCount), SQLValue(both.answer?.isCut), SQLValue(both.answer?.redacted),
                    .blob(both.request.packed.stored), SQLValue(both.answer?.packed.stored),
                ])
            tally.stored += 1
            tally.bytes += both.byteCount
        } catch let fault as SQLError where fault.refusesValues {
            tally.refused += 1
        }
    }

    /// As the API shows them; nil when there are none.
    static func find(_ seq: Int64, in connection: any Connection) throws -> JSONValue? {
        try connection.first(one, [.integer(seq)]) { row in
            ["request": try body(row, at: 0), "answer": try body(row, at: 4)]
        }
    }

    private static func body(_ row: Row, at column: Int) throws -> JSONValue {
        guard let stored = try row.blobOrNull(column) else { return .null }
        let bytes = try PackedBytes(stored: stored).unpacked(bytesMax: unpackedBytesMax)
        var object = JSONObject()
        if let json = try? JSONValue(parsing: bytes) {
            object["json"] = json
        } else {
            object["text"] = .string(String(decoding: bytes, as: UTF8.self))
        }
        object["bytes"] = .integer(try row.integer(column + 1))
        object["truncated"] = .bool(try row.bool(column + 2))
        if let redacted = try row.textOrNull(column + 3) { object["redacted"] = try JSONValue(parsing: redacted) }
        return .object(object)
    }

    // MARK: Retention

    /// Deletes those among `count` rows from `place` on that are older than `cutoff` (Unix milliseconds). Rows come
    /// in the order in which their inferences ended, so behind a row that is young all are, but for the minutes that an
    /// inference may take: those go with the next sweep.
    static func deleteOld(
        from place: Int64, count: Int, cutoff: Int64, in transaction: any Transaction
    ) throws -> RetentionSteps.Step {
        let rows = try transaction.query(oldest, [.integer(place), SQLValue(count)]) { row in
            (seq: try row.integer(0), createdAt: try row.integer(1))
        }
        guard let first = rows.first, let last = rows.last else { return RetentionSteps.Step() }
        let deleted = try transaction.execute(delete, [.integer(first.seq), .integer(last.seq), .integer(cutoff)])
        return RetentionSteps.Step(deleted: deleted, next: last.createdAt < cutoff ? last.seq + 1 : nil)
    }

    /// Deletes those of the outcomes in `rows` that are older than `cutoff` and about to be deleted.
    static func deleteWithOutcomes(
        _ rows: ClosedRange<Int64>, cutoff: Int64, in transaction: any Transaction
    ) throws -> Int {
        try transaction.execute(
            deleteOfOutcomes, [.integer(rows.lowerBound), .integer(rows.upperBound), .integer(cutoff)])
    }
}
