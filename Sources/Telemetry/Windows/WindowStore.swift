import SQL

/// The rows of windows.
enum WindowStore {
    private static let upsert = """
        INSERT INTO windows (arm_id, level_ms, start, \(WindowTotals.columns))
        VALUES (\((1...3 + WindowTotals.names.count).map { "$\($0)" }.joined(separator: ", ")))
        ON CONFLICT (arm_id, level_ms, start) DO UPDATE SET
            \(WindowTotals.names.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        """

    private static let selection = """
        SELECT \(WindowTotals.columns) FROM windows WHERE arm_id = $1 AND level_ms = $2 AND start = $3
        """

    private static let span = """
        SELECT start, \(WindowTotals.columns) FROM windows
        WHERE arm_id = $1 AND level_ms = $2 AND start >= $3 AND start < $4
        """

    static func find(_ key: WindowKey, in connection: any Connection) throws -> WindowTotals? {
        try connection.first(selection, values(key)) { try WindowTotals($0) }
    }

    static func write(_ windows: [(WindowKey, WindowTotals)], in transaction: any Transaction) throws {
        guard !windows.isEmpty else { return }
        try transaction.executeMany(upsert, rows: windows.map { values($0) + $1.values })
    }

    private static func values(_ key: WindowKey) -> [SQLValue] {
        [.integer(key.arm), .integer(key.level), .integer(key.start)]
    }

    /// Gives `take` the windows of one level that begin in `range` (Unix milliseconds), of all arms in `arms`, each by
    /// time; one after the other, since an hour of a deployment that changes often has thousands of them.
    static func forEach(
        of arms: [Arm], level: Int64, in range: Range<Int64>, from connection: any Connection,
        _ take: (StoredWindow) throws -> Void
    ) throws {
        for arm in arms {
            let bounds: [SQLValue] = [
                .integer(arm.id), .integer(level), .integer(range.lowerBound), .integer(range.upperBound),
            ]
            _ = try connection.query(span, bounds) { row in
                try take(
                    StoredWindow(
                        start: try row.integer(0), variant: arm.key.variant, revision: arm.key.revision,
                        totals: try WindowTotals(row, at: 1)))
            }
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
