/// What telemetry keeps, each kind for a time of its own.
package enum TelemetryKind: String, Sendable, CaseIterable {
    case outcomes
    case tenSecondWindows = "windows_10s"
    case minuteWindows = "windows_1m"
    case hourWindows = "windows_1h"
    case feedback
    case probeScores = "probe_scores"
}
