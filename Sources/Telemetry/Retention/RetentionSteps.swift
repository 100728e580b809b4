import Domain
import SQL

/// The single transactions of a sweep.
struct RetentionSteps: Sendable {
    struct Step: Sendable {
        var deleted = 0
        /// Where the next step goes on; nil when nothing is left.
        var next: Int64?
    }

    /// Unix milliseconds; what is older goes.
    let cutoff: Int64
    let rowsMax: Int
    /// Bodies are some hundred times as large as other rows.
    private static let bodyRowsMax = 64

    /// - Parameter place: 0, then what the step before gave.
    func step(_ kind: TelemetryKind, from place: Int64, in transaction: any Transaction) throws -> Step {
        switch kind {
        case .bodies:
            try BodyStore.deleteOld(
                from: place, count: min(rowsMax, Self.bodyRowsMax), cutoff: cutoff, in: transaction)
        case .outcomes: try outcomes(from: place, in: transaction)
        case .tenSecondWindows: try windows(level: WindowKey.levels[0], from: place, in: transaction)
        case .minuteWindows: try windows(level: WindowKey.levels[1], from: place, in: transaction)
        case .hourWindows: try windows(level: WindowKey.levels[2], from: place, in: transaction)
        case .feedback: try again(Self.feedback, [.text(oldestID), .integer(cutoff)], in: transaction)
        case .probeScores: try again(Self.scores, [.text(oldestID), .integer(cutoff)], in: transaction)
        }
    }

    // MARK: Outcomes

    /// One zone that has outcomes which are due: all of it, with its summary, or the rows that are due. A summary then
    /// says too much, which a search can bear.
    private func outcomes(from place: Int64, in transaction: any Transaction) throws -> Step {
        let sealed = try transaction.first(
            "SELECT zone FROM zones WHERE zone >= $1 AND created_min < $2 ORDER BY zone LIMIT 1",
            [.integer(place), .integer(cutoff)]
        ) { try $0.integer(0) }
        guard let sealed else { return try openZone(from: place, in: transaction) }
        let deleted = try deleteRows(of: sealed, in: transaction)
        let rows = Zone.rows(sealed)
        let bounds: [SQLValue] = [.integer(rows.lowerBound), .integer(rows.upperBound)]
        if try !transaction.exists("SELECT 1 FROM outcomes WHERE seq BETWEEN $1 AND $2", bounds) {
            try transaction.execute("DELETE FROM zones WHERE zone = $1", [.integer(sealed)])
            for kind in ZoneTerm.Kind.allCases {
                try transaction.execute(
                    "DELETE FROM zone_terms WHERE key = $1", [.integer(ZoneStore.key(kind, sealed))])
            }
        }
        return Step(deleted: deleted, next: sealed + 1)
    }

    /// The zone that is being filled; behind it there is none.
    private func openZone(from place: Int64, in transaction: any Transaction) throws -> Step {
        let last = try transaction.first("SELECT max(seq) FROM outcomes") { try $0.integerOrNull(0) } ?? nil
        guard let last, Zone.number(of: last) >= place else { return Step() }
        let open = Zone.number(of: last)
        let isSealed = try transaction.exists("SELECT 1 FROM zones WHERE zone = $1", [.integer(open)])
        return isSealed ? Step() : Step(deleted: try deleteRows(of: open, in: transaction))
    }

    private func deleteRows(of zone: Int64, in transaction: any Transaction) throws -> Int {
        let rows = Zone.rows(zone)
        _ = try BodyStore.deleteWithOutcomes(rows, cutoff: cutoff, in: transaction)
        return try transaction.execute(
            "DELETE FROM outcomes WHERE seq BETWEEN $1 AND $2 AND created_at < $3",
            [.integer(rows.lowerBound), .integer(rows.upperBound), .integer(cutoff)])
    }

    // MARK: Windows

    private func windows(level: Int64, from place: Int64, in transaction: any Transaction) throws -> Step {
        let arm = try transaction.first(
            """
            SELECT a.id FROM arms a WHERE a.id >= $1
              AND EXISTS (SELECT 1 FROM windows w WHERE w.arm_id = a.id AND w.level_ms = $2 AND w.start < $3)
            ORDER BY a.id LIMIT 1
            """, [.integer(place), .integer(level), .integer(cutoff - level)]
        ) { try $0.integer(0) }
        guard let arm else { return Step() }
        let deleted = try transaction.execute(
            """
            DELETE FROM windows WHERE arm_id = $1 AND level_ms = $2 AND start IN (
                SELECT start FROM windows WHERE arm_id = $1 AND level_ms = $2 AND start < $3 ORDER BY start LIMIT $4)
            """, [.integer(arm), .integer(level), .integer(cutoff - level), .init(rowsMax)])
        return Step(deleted: deleted, next: arm)
    }

    // MARK: Feedback and scores

    /// The keys begin with a ULID, so what is old comes first. A run of a probe that began long ago may have scores
    /// that are younger.
    private static let feedback = """
        DELETE FROM feedback WHERE id IN (
            SELECT id FROM feedback WHERE id < $1 AND created_at < $2 ORDER BY id LIMIT $3)
        """
    private static let scores = """
        DELETE FROM probe_scores WHERE (run_id, variant, example_id) IN (
            SELECT run_id, variant, example_id FROM probe_scores WHERE run_id < $1 AND created_at < $2
            ORDER BY run_id LIMIT $3)
        """

    private var oldestID: String { ULID(firstOf: cutoff).text }

    private func again(_ sql: String, _ values: [SQLValue], in transaction: any Transaction) throws -> Step {
        let deleted = try transaction.execute(sql, values + [.init(rowsMax)])
        return Step(deleted: deleted, next: deleted < rowsMax ? nil : 0)
    }
}
