/// What telemetry keeps, each kind for a time of its own.
package enum TelemetryKind: String, Sendable, CaseIterable {
    /// Before the outcomes, which take along what is left of them.
    case bodies
    case outcomes
    case tenSecondWindows = "ten_second_windows"
    case minuteWindows = "minute_windows"
    case hourWindows = "hour_windows"
    case feedback
    case probeScores = "probe_scores"
}
