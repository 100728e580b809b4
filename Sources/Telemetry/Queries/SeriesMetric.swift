import Statistics

/// What a series can show.
enum SeriesMetric: String, CaseIterable {
    case latency = "latency_ms"
    case firstToken = "ttft_ms"
    case requests, errors, tokens
    /// Micro-USD.
    case cost
    /// Requests that were answered without a provider; their mean is the hit rate.
    case cacheHits = "cache_hits"
    /// Micro-USD that those did not cost.
    case saved = "saved_micro_usd"
    case accuracy

    /// The statistics that make sense for it.
    var stats: [SeriesStat] {
        switch self {
        case .latency, .firstToken: [.p50, .p90, .p95, .p99, .mean, .max]
        case .requests: [.sum, .rate]
        case .errors, .tokens, .cost, .cacheHits, .saved: [.sum, .rate, .mean]
        case .accuracy: [.mean]
        }
    }

    /// - Parameter seconds: the length of the step; `rate` is per second, `mean` per request.
    func value(_ totals: WindowTotals, _ stat: SeriesStat, seconds: Double) -> Double? {
        switch self {
        case .latency: Self.value(totals.latency, stat)
        case .firstToken: Self.value(totals.firstToken, stat)
        case .requests: Self.value(totals.requests, stat, totals, seconds)
        case .errors: Self.value(totals.errors, stat, totals, seconds)
        case .tokens: Self.value(totals.inputTokens &+ totals.outputTokens, stat, totals, seconds)
        case .cost: Self.value(totals.costMicroUSD, stat, totals, seconds)
        case .cacheHits: Self.value(totals.cacheHits, stat, totals, seconds)
        case .saved: Self.value(totals.savedMicroUSD, stat, totals, seconds)
        case .accuracy: nil
        }
    }

    private static func value(_ sketch: PercentileSketch, _ stat: SeriesStat) -> Double? {
        let value =
            switch stat {
            case .p50: sketch.quantile(0.5)
            case .p90: sketch.quantile(0.9)
            case .p95: sketch.quantile(0.95)
            case .p99: sketch.quantile(0.99)
            case .mean: sketch.mean
            case .max: sketch.maximum
            case .sum, .rate: Double?.none
            }
        return value.map { ($0 * 1_000).rounded() / 1_000 }
    }

    private static func value(
        _ count: Int64, _ stat: SeriesStat, _ totals: WindowTotals, _ seconds: Double
    ) -> Double? {
        switch stat {
        case .sum: Double(count)
        case .rate: Double(count) / seconds
        case .mean: totals.requests == 0 ? nil : Double(count) / Double(totals.requests)
        case .p50, .p90, .p95, .p99, .max: nil
        }
    }
}
