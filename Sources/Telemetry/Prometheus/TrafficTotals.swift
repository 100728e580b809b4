import Domain
import Statistics
import Synchronization

/// Counters since the start, for scraping. Counted when a batch is in the file, so they never say more than it does.
package final class TrafficTotals: Sendable {
    private struct Series: Hashable {
        let deployment: String
        let environment: String
        let variant: String
    }

    private struct Counts {
        var totals = StatusCounts()
        var buckets = LatencyBuckets()
        var latencyCount: UInt64 = 0
        var latencySeconds = 0.0
        var inputTokens: Int64 = 0
        var outputTokens: Int64 = 0
        var costMicroUSD: Int64 = 0
        var unpriced: Int64 = 0

        mutating func add(_ entry: BatchTally.Entry) {
            totals.merge(entry.totals.statuses)
            buckets.merge(entry.buckets)
            latencyCount += entry.totals.latency.count
            latencySeconds += entry.totals.latency.sum / 1_000
            inputTokens &+= entry.totals.inputTokens
            outputTokens &+= entry.totals.outputTokens
            costMicroUSD &+= entry.totals.costMicroUSD
            unpriced &+= entry.totals.unpriced
        }
    }

    /// A caller cannot make series: names come from deployments that exist. Still, memory has a bound.
    private static let seriesMax = 10_000
    private let counts = Mutex<[Series: Counts]>([:])

    package init() {}

    func add(_ tally: BatchTally) {
        counts.withLock { counts in
            for entry in tally.entries {
                let arm = entry.arm.key
                let series = Series(deployment: arm.deployment, environment: arm.environment, variant: arm.variant)
                guard counts[series] != nil || counts.count < Self.seriesMax else { continue }
                counts[series, default: Counts()].add(entry)
            }
        }
    }

    package func families() -> [MetricFamily] {
        let all = counts.withLock { $0 }.sorted {
            ($0.key.deployment, $0.key.environment, $0.key.variant)
                < ($1.key.deployment, $1.key.environment, $1.key.variant)
        }
        let labelled = all.map { series, counts in
            (
                labels: [
                    (name: "deployment", value: series.deployment), (name: "environment", value: series.environment),
                    (name: "variant", value: series.variant),
                ], counts: counts
            )
        }
        return [
            MetricFamily(
                "signalbox_inferences", .counter, help: "Inferences by how they ended.",
                samples: labelled.flatMap { labels, counts in
                    OutcomeStatus.allCases.compactMap { status in
                        let count = counts.totals[status]
                        guard count > 0 else { return nil }
                        return MetricFamily.Sample(
                            Double(count), labels: labels + [(name: "status", value: status.rawValue)])
                    }
                }),
            MetricFamily(
                "signalbox_inference_latency_seconds", .histogram,
                help: "Latency of the inferences that succeeded.",
                samples: labelled.flatMap { labels, counts in Self.histogram(labels, counts) }),
            MetricFamily(
                "signalbox_tokens", .counter, help: "Tokens as the providers counted them.",
                samples: labelled.flatMap { labels, counts in
                    [
                        .init(Double(counts.inputTokens), labels: labels + [(name: "direction", value: "input")]),
                        .init(Double(counts.outputTokens), labels: labels + [(name: "direction", value: "output")]),
                    ]
                }),
            MetricFamily(
                "signalbox_cost_micro_usd", .counter, help: "Known cost in millionths of a US dollar.",
                samples: labelled.map { labels, counts in .init(Double(counts.costMicroUSD), labels: labels) }),
            MetricFamily(
                "signalbox_cost_unknown", .counter,
                help: "Answered inferences whose price or tokens are unknown: the cost is without them.",
                samples: labelled.map { labels, counts in .init(Double(counts.unpriced), labels: labels) }),
        ]
    }

    private static func histogram(
        _ labels: [(name: String, value: String)], _ counts: Counts
    ) -> [MetricFamily.Sample] {
        var samples = zip(LatencyBuckets.bounds, counts.buckets.cumulated).map { bound, count in
            MetricFamily.Sample(Double(count), labels: labels + [(name: "le", value: "\(bound)")], suffix: "_bucket")
        }
        let total = Double(counts.latencyCount)
        samples.append(.init(total, labels: labels + [(name: "le", value: "+Inf")], suffix: "_bucket"))
        samples.append(.init(counts.latencySeconds, labels: labels, suffix: "_sum"))
        samples.append(.init(total, labels: labels, suffix: "_count"))
        return samples
    }
}
