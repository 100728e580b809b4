import Synchronization

/// Settings and how many requests came since they hold: what latency and failure of a request are decided by.
final class Scenario: Sendable {
    let settings: SimulatorSettings
    let answerer: Answerer
    private let latency: LatencyDistribution
    private let requests = Atomic<Int>(0)

    init(_ settings: SimulatorSettings) {
        self.settings = settings
        answerer = Answerer(settings)
        latency = LatencyDistribution(settings)
    }

    /// The number of a request, from 0.
    func nextNumber() -> Int { requests.add(1, ordering: .relaxed).oldValue }

    /// Whether the request of this number fails by `errorRate`.
    func fails(_ number: Int) -> Bool {
        settings.errorRate > 0 && hash(number, "error").unit < settings.errorRate
    }

    /// How long the request of this number waits for its answer; nil when it does not wait.
    func delay(_ number: Int) -> Duration? {
        guard !latency.isZero else { return nil }
        return .microseconds(Int64(latency.milliseconds(hash(number, "latency")) * 1_000))
    }

    /// The pause between two tokens; nil when there is none.
    var tokenInterval: Duration? {
        guard settings.tokenIntervalMilliseconds > 0 else { return nil }
        return .microseconds(Int64(settings.tokenIntervalMilliseconds * 1_000))
    }

    private func hash(_ number: Int, _ purpose: String) -> SeededHash {
        SeededHash(settings.seed).mixing(purpose.utf8).mixing(UInt64(number))
    }
}
