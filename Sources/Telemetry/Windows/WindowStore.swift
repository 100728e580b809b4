import SQL

/// The rows of windows.
enum WindowStore {
    private static let upsert = """
        INSERT INTO windows (project_id, deployment, environment, level_ms, start, variant, revision,
                             \(WindowTotals.columns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (project_id, deployment, environment, level_ms, start, variant, revision) DO UPDATE SET
            requests = excluded.requests, statuses = excluded.statuses, input_tokens = excluded.input_tokens,
            output_tokens = excluded.output_tokens, cost_micro_usd = excluded.cost_micro_usd,
            unpriced = excluded.unpriced, latency = excluded.latency, ttft = excluded.ttft
        """

    private static let selection = """
        SELECT \(WindowTotals.columns) FROM windows
        WHERE project_id = $1 AND deployment = $2 AND environment = $3 AND level_ms = $4 AND start = $5
          AND variant = $6 AND revision = $7
        """

    private static let span = """
        SELECT start, variant, revision, \(WindowTotals.columns) FROM windows
        WHERE project_id = $1 AND deployment = $2 AND environment = $3 AND level_ms = $4 AND start >= $5 AND start < $6
        ORDER BY start
        """

    static func find(_ key: WindowKey, in connection: any Connection) throws -> WindowTotals? {
        try connection.first(selection, values(key)) { try WindowTotals($0) }
    }

    static func write(_ windows: [(WindowKey, WindowTotals)], in transaction: any Transaction) throws {
        guard !windows.isEmpty else { return }
        try transaction.executeMany(upsert, rows: windows.map { values($0) + $1.values })
    }

    private static func values(_ key: WindowKey) -> [SQLValue] {
        [
            .text(key.project), .text(key.deployment), .text(key.environment), .integer(key.level),
            .integer(key.start), .text(key.variant), .init(key.revision),
        ]
    }

    /// The windows of one level that begin in `range` (Unix milliseconds).
    static func windows(
        of scope: MetricScope, level: Int64, in range: Range<Int64>, from connection: any Connection
    ) throws -> [StoredWindow] {
        try connection.query(
            span,
            [
                .text(scope.project), .text(scope.deployment), .text(scope.environment), .integer(level),
                .integer(range.lowerBound), .integer(range.upperBound),
            ]
        ) { row in
            StoredWindow(
                start: try row.integer(0), variant: try row.text(1), revision: try row.int(2),
                totals: try WindowTotals(row, at: 3))
        }
    }
}

/// A window as it was read back.
struct StoredWindow {
    let start: Int64
    let variant: String
    let revision: Int
    let totals: WindowTotals
}
