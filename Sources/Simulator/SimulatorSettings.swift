/// How a simulated provider behaves. The defaults are the fastest there is: no latency, no faults, every answer right.
package struct SimulatorSettings: Sendable, Hashable {
    /// Two providers of one seed answer, delay and fail alike: an answer by what is asked, latency and failure by the
    /// request's number since these settings hold.
    package var seed: UInt64 = 1
    /// Milliseconds until an answer or a stream begins: the median.
    package var latencyMedianMilliseconds = 0.0
    /// The 95th percentile of a lognormal distribution; 0, or equal to the median, makes the latency constant.
    package var latencyP95Milliseconds = 0.0
    /// Milliseconds between two tokens of a stream; at 0 a stream is written in one piece.
    package var tokenIntervalMilliseconds = 0.0
    /// Words in the answer to anything but a known question.
    package var answerTokens = 16
    /// Share of known questions that are answered right, 0…1. Which ones is decided by seed, model and question, so
    /// that a higher share gets right what a lower one does, and more.
    package var accuracy = 1.0
    /// In place of `accuracy` for models by their names.
    package var accuracyByModel: [String: Double] = [:]
    /// Share of requests that fail with 500, 0…1.
    package var errorRate = 0.0
    /// The bearer token that is demanded; nil demands none.
    package var requiredKey: String?
    /// What `GET /v1/models` lists; others are answered for all the same.
    package var models = ["sim-large", "sim-small", "echo"]

    package init() {}

    private static let answerTokensMax = 100_000

    /// Throws `SimulatorSettingsError` for the first setting that cannot be had.
    package func validate() throws(SimulatorSettingsError) {
        let milliseconds = 0...LatencyDistribution.millisecondsMax
        try Self.check(latencyMedianMilliseconds, milliseconds, "latency_median_ms")
        try Self.check(latencyP95Milliseconds, milliseconds, "latency_p95_ms")
        try Self.check(tokenIntervalMilliseconds, milliseconds, "token_interval_ms")
        try Self.check(accuracy, 0...1, "accuracy")
        for (model, share) in accuracyByModel { try Self.check(share, 0...1, "accuracy_by_model.\(model)") }
        try Self.check(errorRate, 0...1, "error_rate")
        guard (0...Self.answerTokensMax).contains(answerTokens) else {
            throw SimulatorSettingsError(field: "answer_tokens", reason: "from 0 to \(Self.answerTokensMax)")
        }
        if latencyP95Milliseconds > 0, latencyP95Milliseconds < latencyMedianMilliseconds {
            throw SimulatorSettingsError(field: "latency_p95_ms", reason: "below latency_median_ms")
        }
        if latencyP95Milliseconds > 0, latencyMedianMilliseconds == 0 {
            throw SimulatorSettingsError(field: "latency_p95_ms", reason: "needs a latency_median_ms above 0")
        }
        if requiredKey?.isEmpty == true { throw SimulatorSettingsError(field: "required_key", reason: "is empty") }
    }

    /// What is not a number is in no range.
    private static func check(
        _ value: Double, _ range: ClosedRange<Double>, _ field: String
    ) throws(SimulatorSettingsError) {
        guard range.contains(value) else {
            throw SimulatorSettingsError(field: field, reason: "from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
