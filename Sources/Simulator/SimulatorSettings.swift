/// How a simulated provider behaves. Durations are milliseconds, shares 0…1.
package struct SimulatorSettings: Sendable {
    /// Two providers with the same seed answer alike.
    package var seed: UInt64 = 1
    /// Of the time to an answer; 0 answers at once.
    package var latencyMedianMilliseconds = 0.0
    /// Equal to the median for a constant latency.
    package var latencyP95Milliseconds = 0.0
    package var tokenIntervalMilliseconds = 0.0
    /// Words in the answer to anything but a known question.
    package var answerTokens = 16
    /// The share of known questions that are answered right.
    package var accuracy = 1.0
    /// Overrides `accuracy` for a provider's model name.
    package var accuracyByModel: [String: Double] = [:]
    /// The share of requests that fail with 500.
    package var errorRate = 0.0

    package init() {}
}
