/// Whose metrics.
struct MetricScope: Sendable {
    let project: String
    let deployment: String
    let environment: String
}
