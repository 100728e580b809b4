package import Domain
package import SQL
import Synchronization

/// Deletes what is older than its kind is kept, a little at a time: each transaction is small, and outcomes are written
/// between two of them. The room is used again by what comes, so the file stays as large as it ever had to be; it is
/// not cut, since that would move live pages under the feet of the writes that are about to grow it again.
package final class Retention: Sendable {
    private let database: any Database
    private let settings: RetentionSettings
    private let clock: WallClock
    private let counts = Mutex<[TelemetryKind: UInt64]>([:])
    private let failures = Atomic<UInt64>(0)
    private let report: @Sendable (any Error) -> Void

    /// - Parameter report: told of each sweep that failed; the next one begins anew.
    package init(
        database: any Database, settings: RetentionSettings, clock: WallClock,
        report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.database = database
        self.settings = settings
        self.clock = clock
        self.report = report
    }

    /// Sweeps until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do {
                try await sweep()
            } catch is CancellationError {
                return
            } catch {
                failures.add(1, ordering: .relaxed)
                report(error)
            }
            try? await Task.sleep(for: .milliseconds(settings.intervalMilliseconds))
        }
    }

    /// Deletes all that is due now.
    package func sweep() async throws {
        let now = clock.now().milliseconds
        for kind in TelemetryKind.allCases {
            guard let cutoff = settings.cutoff(kind, now: now) else { continue }
            let steps = RetentionSteps(cutoff: cutoff, rowsMax: settings.rowsMax)
            var place: Int64 = 0
            while true {
                let from = place
                let step = try await database.write { try steps.step(kind, from: from, in: $0) }
                if step.deleted > 0 { counts.withLock { $0[kind, default: 0] += UInt64(step.deleted) } }
                guard let next = step.next else { break }
                place = next
                try await Task.sleep(for: .milliseconds(settings.pauseMilliseconds))
            }
        }
    }

    /// Rows deleted since the start.
    package func deleted(_ kind: TelemetryKind) -> UInt64 {
        counts.withLock { $0[kind] ?? 0 }
    }

    package func families() -> [MetricFamily] {
        [
            MetricFamily(
                "signalbox_retention_deleted", .counter, help: "Rows of telemetry deleted because of their age.",
                samples: TelemetryKind.allCases.map {
                    .init(Double(deleted($0)), labels: [(name: "kind", value: $0.rawValue)])
                }),
            MetricFamily(
                "signalbox_retention_failures", .counter, help: "Sweeps of the retention that failed.",
                samples: [.init(Double(failures.load(ordering: .relaxed)))]),
        ]
    }
}
