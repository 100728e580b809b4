import Gateway
import Telemetry

/// The cache of answers: what it holds, and what it did for each deployment.
struct CacheMetrics {
    let cache: AnswerCache

    func families() -> [MetricFamily] {
        let tallies = merged()
        func counts(_ name: String, _ help: String, _ value: (Counts) -> Int64) -> MetricFamily {
            MetricFamily(
                name, .counter, help: help,
                samples: tallies.map { place, counts in .init(Double(value(counts)), labels: place.labels) })
        }
        let all = cache.all
        return [
            MetricFamily(
                "signalbox_cache_entries", .gauge, help: "Answers that are kept.",
                samples: [.init(Double(all.reduce(0) { $0 + $1.entries }))]),
            MetricFamily(
                "signalbox_cache_bytes", .gauge, help: "Memory of what is kept, and of what is being recorded.",
                samples: [
                    .init(Double(all.reduce(0) { $0 + $1.bytes }), labels: [(name: "part", value: "kept")]),
                    .init(Double(cache.recordingBytes), labels: [(name: "part", value: "recording")]),
                ]),
            MetricFamily(
                "signalbox_cache_evictions", .counter, help: "Answers let go of for want of room.",
                samples: [.init(Double(cache.evictions))]),
            MetricFamily(
                "signalbox_cache_lookups", .counter, help: "Inferences of deployments that keep answers, by result.",
                samples: tallies.flatMap { place, counts in
                    [("hit", counts.hits), ("miss", counts.misses), ("bypass", counts.bypasses)].map { result, count in
                        .init(Double(count), labels: place.labels + [(name: "result", value: result)])
                    }
                }),
            counts("signalbox_cache_followers", "Inferences that waited for the answer to the same of another.") {
                $0.followers
            },
            counts("signalbox_cache_similar_hits", "Hits of those who asked something alike, among all hits.") {
                $0.similar
            },
            MetricFamily(
                "signalbox_cache_vector_lookups", .counter,
                help: "Vectors of questions that were asked of a deployment, by result.",
                samples: tallies.flatMap { place, counts in
                    [("ok", counts.vectors - counts.vectorFailures), ("failed", counts.vectorFailures)].map {
                        .init(Double($1), labels: place.labels + [(name: "result", value: $0)])
                    }
                }),
            MetricFamily(
                "signalbox_cache_vectors", .gauge, help: "Vectors that are kept.",
                samples: [.init(Double(cache.vectors.count))]),
            MetricFamily(
                "signalbox_cache_vector_bytes", .gauge, help: "Memory of the vectors that are kept.",
                samples: [.init(Double(cache.vectors.bytes))]),
            MetricFamily(
                "signalbox_cache_vector_evictions", .counter, help: "Vectors let go of for want of room.",
                samples: [.init(Double(cache.vectors.evictions))]),
            counts("signalbox_cache_saved_micro_usd", "What the hits would have cost, as far as it is known.") {
                $0.saved
            },
        ]
    }

    private struct Place: Hashable {
        let deployment: String
        let environment: String

        var labels: [(name: String, value: String)] {
            [(name: "deployment", value: deployment), (name: "environment", value: environment)]
        }
    }

    private struct Counts {
        var hits: Int64 = 0
        var misses: Int64 = 0
        var bypasses: Int64 = 0
        var followers: Int64 = 0
        var similar: Int64 = 0
        var vectors: Int64 = 0
        var vectorFailures: Int64 = 0
        var saved: Int64 = 0
    }

    /// Projects have no series of their own, here as elsewhere.
    private func merged() -> [(key: Place, value: Counts)] {
        var counts: [Place: Counts] = [:]
        for tally in cache.all {
            let place = Place(deployment: tally.deployment, environment: tally.environment)
            var sum = counts[place] ?? Counts()
            sum.hits += Int64(tally.hits)
            sum.misses += Int64(tally.misses)
            sum.bypasses += Int64(tally.bypasses)
            sum.followers += Int64(tally.followers)
            sum.similar += Int64(tally.similarHits)
            sum.vectors += Int64(tally.vectors)
            sum.vectorFailures += Int64(tally.vectorFailures)
            sum.saved &+= tally.savedMicroUSD
            counts[place] = sum
        }
        return counts.sorted {
            ($0.key.deployment, $0.key.environment) < ($1.key.deployment, $1.key.environment)
        }
    }
}
