/// When a breaker opens, for how long, and what closes it again. Nanoseconds.
struct BreakerTerms: Sendable, Equatable {
    var isOn: Bool
    /// Failures in a row that open it; 0 for none.
    var consecutiveFailures: Int
    /// The share of failures in the window that opens it, if there are enough requests.
    var percent: Int
    var requestsMin: Int
    var window: UInt64
    var openTime: UInt64
    var openTimeMax: UInt64
    /// Trial calls at one time, all of which have to go well.
    var trials: Int

    init(_ settings: ResilienceSettings) {
        isOn = settings.breaks
        consecutiveFailures = settings.breakerConsecutiveFailures
        percent = settings.breakerFailurePercent
        requestsMin = settings.breakerRequestsMin
        window = UInt64(settings.breakerWindowMilliseconds) * 1_000_000
        openTime = UInt64(settings.breakerOpenMilliseconds) * 1_000_000
        openTimeMax = max(openTime, UInt64(settings.breakerOpenMaxMilliseconds) * 1_000_000)
        trials = max(1, settings.breakerTrials)
    }
}
