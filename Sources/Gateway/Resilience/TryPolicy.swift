import Domain

/// How the inferences of a deployment are tried: what it says, and the settings for what it leaves out. Worked out once
/// per revision.
struct TryPolicy: Sendable {
    /// Nanoseconds; nil for no bound of its own.
    let tryTimeout: UInt64?
    /// Whether `tryTimeout` is no shorter than what the process gives an upstream.
    let isTryWhole: Bool
    let totalMilliseconds: Int
    /// Nanoseconds: whoever had less of the total cannot blame the upstream; `.max` where the deployment gives less
    /// than the process does.
    let wholeTotal: UInt64
    /// Further tries of one upstream.
    let retriesMax: Int
    let backoff: Backoff
    let retriesTimeouts: Bool
    /// Nanoseconds: a provider that asks for a longer pause is not waited for.
    let retryAfterMax: UInt64
    /// Nanoseconds after which callers may look again whether an operator has closed a breaker.
    let openTime: UInt64

    init(_ resilience: Resilience, _ settings: GatewaySettings) {
        let own = settings.resilience
        totalMilliseconds = resilience.timeouts?.totalMilliseconds ?? settings.totalTimeoutMilliseconds
        let milliseconds = resilience.timeouts?.tryMilliseconds ?? own.tryTimeoutMilliseconds
        tryTimeout = milliseconds > 0 ? UInt64(milliseconds) * 1_000_000 : nil
        // What a deployment asks for beyond that is its own affair: others are content with the same upstream.
        let bound = min(
            own.tryTimeoutMilliseconds > 0 ? own.tryTimeoutMilliseconds : settings.firstByteTimeoutMilliseconds,
            settings.totalTimeoutMilliseconds)
        isTryWhole = milliseconds >= bound
        wholeTotal = totalMilliseconds >= bound ? UInt64(totalMilliseconds) * 900_000 : .max
        retriesMax = resilience.retries?.count ?? own.retriesMax
        backoff = Backoff(
            baseMilliseconds: resilience.retries?.backoffMilliseconds ?? own.retryBackoffMilliseconds,
            maxMilliseconds: resilience.retries?.backoffMaxMilliseconds ?? own.retryBackoffMaxMilliseconds)
        retriesTimeouts = resilience.retries?.afterTimeouts ?? false
        retryAfterMax = UInt64(own.retryAfterMaxMilliseconds) * 1_000_000
        openTime = UInt64(own.breakerOpenMilliseconds) * 1_000_000
    }
}
