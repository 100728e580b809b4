import Domain
import SQL

/// The rows of `spending` and `budget_leases`.
enum SpendingStore {
    /// A sum that does not fit 63 bits would be no integer any more, and no row of the batch would be taken: it stays
    /// at the greatest number.
    private static let upsert = """
        INSERT INTO spending (day, project_id, deployment_id, key_id, micro_usd, inferences)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (day, project_id, deployment_id, key_id) DO UPDATE SET
            micro_usd = CASE WHEN spending.micro_usd > \(Int64.max) - excluded.micro_usd THEN \(Int64.max)
                ELSE spending.micro_usd + excluded.micro_usd END,
            inferences = spending.inferences + excluded.inferences
        """

    private static let lease = """
        INSERT INTO budget_leases (kind, subject_id, period, start, micro_usd) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (kind, subject_id, period) DO UPDATE SET start = excluded.start, micro_usd = excluded.micro_usd
        """

    static func add(_ tally: SpendingTally, in transaction: any Transaction) throws {
        guard !tally.sums.isEmpty else { return }
        try transaction.executeMany(
            upsert,
            rows: tally.sums.map { key, sum in
                [
                    .integer(key.day), .text(key.project), .text(key.deployment), .text(key.key),
                    .integer(sum.microUSD), .integer(sum.inferences),
                ]
            })
    }

    /// From a day on.
    static func forEach(
        since day: Int64, in connection: any Connection, _ take: (SpendingTally.Key, Int64) throws -> Void
    ) throws {
        _ = try connection.query(
            "SELECT day, project_id, deployment_id, key_id, micro_usd FROM spending WHERE day >= $1", [.integer(day)]
        ) { row in
            try take(
                SpendingTally.Key(
                    day: try row.integer(0), project: try row.text(1), deployment: try row.text(2),
                    key: try row.text(3)), try row.integer(4))
        }
    }

    static func write(_ leases: [BudgetLease], in transaction: any Transaction) throws {
        try transaction.executeMany(
            lease,
            rows: leases.map { lease in
                [
                    .text(lease.subject.kind.rawValue), .text(lease.subject.id), .text(lease.period.rawValue),
                    .integer(lease.start), .integer(lease.microUSD),
                ]
            })
    }

    static func leases(in connection: any Connection) throws -> [BudgetLease] {
        try connection.query("SELECT kind, subject_id, period, start, micro_usd FROM budget_leases", []) { row in
            guard let kind = LimitedSubject.Kind(rawValue: try row.text(0)),
                let period = BudgetPeriod(rawValue: try row.text(2))
            else { return nil }
            return BudgetLease(
                subject: LimitedSubject(kind, try row.text(1)), period: period, start: try row.integer(3),
                microUSD: try row.integer(4))
        }.compactMap { $0 }
    }
}
