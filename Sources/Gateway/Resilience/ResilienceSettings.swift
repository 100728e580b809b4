/// What bounds tries and retries where a deployment says nothing, and when an upstream is left alone. Milliseconds, as
/// the names say.
package struct ResilienceSettings: Sendable {
    /// Of one try; 0 for no bound of its own.
    package var tryTimeoutMilliseconds = 0
    /// Further tries of one upstream.
    package var retriesMax = 0
    package var retryBackoffMilliseconds = 100
    package var retryBackoffMaxMilliseconds = 2_000
    /// A provider that asks to be left alone for longer is not waited for.
    package var retryAfterMaxMilliseconds = 5_000
    /// Retries per hundred requests to an upstream.
    package var retryBudgetPercent = 20
    /// Retries that an upstream may have each second however few its requests are.
    package var retryBudgetPerSecond = 10

    /// Whether upstreams that fail are left alone for a while.
    package var breaks = true
    package var breakerConsecutiveFailures = 10
    package var breakerFailurePercent = 50
    package var breakerRequestsMin = 20
    package var breakerWindowMilliseconds = 10_000
    package var breakerOpenMilliseconds = 5_000
    package var breakerOpenMaxMilliseconds = 60_000
    /// Calls that try an upstream again at one time.
    package var breakerTrials = 1
    /// After a 429 that says no Retry-After; 0 for none.
    package var coolDownMilliseconds = 5_000
    /// After one that does.
    package var coolDownMaxMilliseconds = 300_000

    package init() {}
}
