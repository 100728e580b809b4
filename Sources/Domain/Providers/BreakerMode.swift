/// Who decides whether an upstream is asked.
package enum BreakerMode: String, Sendable, CaseIterable {
    /// Its own failures.
    case automatic
    /// An operator: it is not asked.
    case forcedOpen = "forced_open"
    /// An operator: it is asked however it fails.
    case forcedClosed = "forced_closed"
}
