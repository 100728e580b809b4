import Domain
import JSON
import SQL
import Statistics

/// `GET /api/v1/metrics/summary`: one object per group over a span.
struct SummaryQuery: Sendable {
    private struct Group {
        var totals = WindowTotals()
        var accuracy = Tally()
        var feedback: [String: Tally] = [:]
    }

    let scope: MetricScope
    /// Aligned to whole windows of ten seconds, Unix milliseconds.
    let range: Range<Int64>
    let grouping: MetricGrouping

    func answer(from connection: any Connection) throws -> JSONValue {
        var groups = [GroupKey: Group]()
        let arms = try ArmStore.arms(of: scope, in: connection)
        for piece in WindowSpan.pieces(range) {
            try WindowStore.forEach(of: arms, level: piece.level, in: piece.range, from: connection) { window in
                groups[key(window.variant, window.revision), default: Group()].totals.merge(window.totals)
            }
        }
        let whole = Int64.max
        for sum in try ScoreQueries.probes(scope, range, step: whole, in: connection) {
            groups[key(sum.variant, sum.revision), default: Group()].accuracy.add(sum.tally)
        }
        for sum in try ScoreQueries.feedback(scope, range, step: whole, in: connection) {
            groups[key(sum.variant, sum.revision), default: Group()].feedback[sum.name, default: Tally()]
                .add(sum.tally)
        }
        return [
            "deployment": .string(scope.deployment), "environment": .string(scope.environment),
            "from": .string(Timestamp(milliseconds: range.lowerBound).text),
            "to": .string(Timestamp(milliseconds: range.upperBound).text),
            "groups": .array(groups.keys.sorted().map { key in Self.json(key, groups[key] ?? Group()) }),
        ]
    }

    private func key(_ variant: String, _ revision: Int) -> GroupKey {
        grouping.key(variant: variant, revision: revision)
    }

    private static func json(_ key: GroupKey, _ group: Group) -> JSONValue {
        let totals = group.totals
        var object = key.labels
        object["requests"] = .integer(totals.requests)
        object["errors"] = .integer(totals.errors)
        object["error_rate"] =
            totals.requests == 0 ? .null : .share(Double(totals.errors) / Double(totals.requests))
        var statuses = JSONObject()
        for status in OutcomeStatus.allCases {
            let count = totals.statuses[status]
            if count > 0 { statuses[status.rawValue] = .integer(count) }
        }
        object["statuses"] = .object(statuses)
        object["latency_ms"] = percentiles(totals.latency)
        object["ttft_ms"] = percentiles(totals.firstToken)
        object["tokens"] = ["input": .integer(totals.inputTokens), "output": .integer(totals.outputTokens)]
        // Nothing known is not nothing spent.
        let isUnknown = totals.costMicroUSD == 0 && totals.unpriced > 0
        object["cost_micro_usd"] = isUnknown ? .null : .integer(totals.costMicroUSD)
        object["cost_unknown_requests"] = .integer(totals.unpriced)
        object["cost_is_partial"] = .bool(totals.unpriced > 0)
        object["cache"] = [
            "hits": .integer(totals.cacheHits),
            "hit_rate": totals.requests == 0 ? .null : .share(Double(totals.cacheHits) / Double(totals.requests)),
            "saved_micro_usd": .integer(totals.savedMicroUSD),
        ]
        var accuracy = group.accuracy.json("value")
        accuracy["source"] = "probe"
        object["accuracy"] = group.accuracy.count == 0 ? .null : .object(accuracy)
        var feedback = JSONObject()
        for name in group.feedback.keys.sorted() {
            feedback[name] = .object((group.feedback[name] ?? Tally()).json("mean"))
        }
        object["feedback"] = .object(feedback)
        return .object(object)
    }

    private static func percentiles(_ sketch: PercentileSketch) -> JSONValue {
        var object = JSONObject()
        for (name, q) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)] {
            object[name] = sketch.quantile(q).map { .milliseconds($0) } ?? .null
        }
        object["max"] = sketch.maximum.map { .milliseconds($0) } ?? .null
        object["mean"] = sketch.mean.map { .milliseconds($0) } ?? .null
        return .object(object)
    }
}
