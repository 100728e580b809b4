import Domain
import Synchronization

/// Counters since the start, for scraping. Counted when a batch is in the file, so they never say more than it does.
package final class TrafficTotals: Sendable {
    private struct Series: Hashable {
        let deployment: String
        let environment: String
        let variant: String
    }

    fileprivate struct Counts {
        var statuses: [OutcomeStatus: UInt64] = [:]
        var buckets = [UInt64](repeating: 0, count: TrafficTotals.bounds.count)
        var latencyCount: UInt64 = 0
        var latencySeconds = 0.0
        var inputTokens: Int64 = 0
        var outputTokens: Int64 = 0
        var costMicroUSD: Int64 = 0
    }

    /// Seconds.
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
    /// A caller cannot make series: names come from deployments that exist. Still, memory has a bound.
    private static let seriesMax = 10_000
    private let counts = Mutex<[Series: Counts]>([:])

    package init() {}

    func add(_ outcomes: [Outcome]) {
        counts.withLock { counts in
            for outcome in outcomes where outcome.origin == .traffic {
                let series = Series(
                    deployment: outcome.deployment, environment: outcome.environment, variant: outcome.variant)
                guard counts[series] != nil || counts.count < Self.seriesMax else { continue }
                counts[series, default: Counts()].add(outcome, bounds: Self.bounds)
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
                        counts.statuses[status].map {
                            .init(Double($0), labels: labels + [(name: "status", value: status.rawValue)])
                        }
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
        ]
    }

    private static func histogram(
        _ labels: [(name: String, value: String)], _ counts: Counts
    ) -> [MetricFamily.Sample] {
        var samples = zip(bounds, counts.buckets).map { bound, count in
            MetricFamily.Sample(Double(count), labels: labels + [(name: "le", value: "\(bound)")], suffix: "_bucket")
        }
        let total = Double(counts.latencyCount)
        samples.append(.init(total, labels: labels + [(name: "le", value: "+Inf")], suffix: "_bucket"))
        samples.append(.init(counts.latencySeconds, labels: labels, suffix: "_sum"))
        samples.append(.init(total, labels: labels, suffix: "_count"))
        return samples
    }
}

extension TrafficTotals.Counts {
    fileprivate mutating func add(_ outcome: Outcome, bounds: [Double]) {
        statuses[outcome.status, default: 0] += 1
        inputTokens &+= outcome.tokens?.input ?? 0
        outputTokens &+= outcome.tokens?.output ?? 0
        costMicroUSD &+= outcome.costMicroUSD ?? 0
        guard outcome.status == .ok else { return }
        let seconds = outcome.latencyMilliseconds / 1_000
        latencyCount += 1
        latencySeconds += seconds
        for index in bounds.indices where seconds <= bounds[index] { buckets[index] += 1 }
    }
}
