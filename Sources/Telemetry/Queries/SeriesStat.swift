/// How a series sums up a step.
enum SeriesStat: String, CaseIterable {
    case p50, p90, p95, p99, mean, max, sum, rate
}
