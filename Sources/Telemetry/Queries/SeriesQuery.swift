import JSON
import SQL

/// `GET /api/v1/metrics/series`: one number per step of time and group; null where there is none.
struct SeriesQuery: Sendable {
    static let pointsMax = 11_000

    let scope: MetricScope
    let metric: SeriesMetric
    let stat: SeriesStat
    /// Aligned to `step`, Unix milliseconds.
    let range: Range<Int64>
    /// Milliseconds, a multiple of ten seconds.
    let step: Int64
    let grouping: MetricGrouping

    func answer(from connection: any Connection) throws -> JSONValue {
        let values = metric == .accuracy ? try accuracy(from: connection) : try traffic(from: connection)
        let groups = values.keys.sorted().map { key -> JSONValue in
            var object = key.labels
            let points = stride(from: range.lowerBound, to: range.upperBound, by: Int(step)).map { start -> JSONValue in
                [.integer(start), values[key]?[start].map { .number($0) } ?? emptyValue]
            }
            object["points"] = .array(points)
            return .object(object)
        }
        return [
            "metric": .string(metric.rawValue), "stat": .string(stat.rawValue), "step_s": .integer(step / 1_000),
            "groups": .array(groups),
        ]
    }

    /// No traffic is a count of zero, but no latency at all.
    private var emptyValue: JSONValue {
        stat == .sum || stat == .rate ? 0 : .null
    }

    /// The coarsest level that steps are made of.
    static func level(step: Int64) -> Int64 {
        WindowKey.levels.last { step % $0 == 0 } ?? WindowKey.levels[0]
    }

    private func traffic(from connection: any Connection) throws -> [GroupKey: [Int64: Double]] {
        let level = Self.level(step: step)
        var totals = [GroupKey: [Int64: WindowTotals]]()
        let arms = try ArmStore.arms(of: scope, in: connection)
        try WindowStore.forEach(of: arms, level: level, in: range, from: connection) { window in
            let start = WindowSpan.floor(window.start - range.lowerBound, step) + range.lowerBound
            let key = grouping.key(variant: window.variant, revision: window.revision)
            totals[key, default: [:]][start, default: WindowTotals()].merge(window.totals)
        }
        return totals.mapValues { byStart in
            byStart.compactMapValues { metric.value($0, stat, seconds: Double(step) / 1_000) }
        }
    }

    private func accuracy(from connection: any Connection) throws -> [GroupKey: [Int64: Double]] {
        var tallies = [GroupKey: [Int64: Tally]]()
        for sum in try ScoreQueries.probes(scope, range, step: step, in: connection) {
            let key = grouping.key(variant: sum.variant, revision: sum.revision)
            tallies[key, default: [:]][sum.start, default: Tally()].add(sum.tally)
        }
        return tallies.mapValues { $0.compactMapValues(\.mean) }
    }
}
