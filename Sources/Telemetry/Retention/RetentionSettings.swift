/// How long telemetry is kept.
package struct RetentionSettings: Sendable {
    /// Days per kind; nil is for ever.
    package var days: [TelemetryKind: Int] = [
        .bodies: 30, .outcomes: 90, .tenSecondWindows: 14, .minuteWindows: 90, .hourWindows: 800, .feedback: 400,
        .probeScores: 400,
    ]
    /// Rows that one transaction deletes at most; outcomes are deleted by zones of 1,024.
    package var rowsMax = 1_024
    /// Between two transactions, in milliseconds: outcomes are written meanwhile.
    package var pauseMilliseconds = 20
    /// Between two sweeps, in milliseconds.
    package var intervalMilliseconds = 600_000

    package init() {}

    private static let day: Int64 = 86_400_000

    /// Unix milliseconds: what is older is deleted. A coarse window is kept at least as long as a finer one, and bodies
    /// no longer than their outcomes. nil: all of it is kept.
    func cutoff(_ kind: TelemetryKind, now: Int64) -> Int64? {
        if kind == .bodies {
            let shortest = [days[.bodies], days[.outcomes]].compactMap { $0 }.min()
            return shortest.map { now - Int64($0) * Self.day }
        }
        let kinds: [TelemetryKind] =
            switch kind {
            case .minuteWindows: [.tenSecondWindows, .minuteWindows]
            case .hourWindows: [.tenSecondWindows, .minuteWindows, .hourWindows]
            default: [kind]
            }
        var longest: Int64 = 0
        for kind in kinds {
            guard let days = days[kind] else { return nil }
            longest = max(longest, Int64(days))
        }
        return now - longest * Self.day
    }

    /// The first moment of which windows of a level are all kept.
    func keptSince(level: Int64, now: Int64) -> Int64 {
        cutoff(Self.kind(level: level), now: now).map { WindowSpan.ceiling($0, level) } ?? .min
    }

    private static func kind(level: Int64) -> TelemetryKind {
        level == WindowKey.levels[0] ? .tenSecondWindows : level == WindowKey.levels[1] ? .minuteWindows : .hourWindows
    }
}
