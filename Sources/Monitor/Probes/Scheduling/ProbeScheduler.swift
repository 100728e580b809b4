package import Domain
package import SQL
import Synchronization
package import Telemetry

/// Makes the runs that are due and sees every run through, also those that the end of a process interrupted.
package final class ProbeScheduler: Sendable {
    package struct Settings: Sendable {
        /// Calls at once over all runs.
        package var concurrency = 4
        /// Runs that go on at once; they share the calls.
        package var runsMax = 4
        /// For one whole call.
        package var callTimeout = Duration.seconds(120)
        /// Scores per write. So many, and the calls under way, are made again after a crash.
        package var batchCountMax = 8
        /// After a store has failed.
        package var retryInterval = Duration.seconds(1)
        /// However far the next due time is: the wall clock may be set.
        package var waitMax = Duration.seconds(60)

        package init() {}
    }

    let scores: ScoreStore
    let sources: ProbeSources
    private let control: any Database
    private let clock: WallClock
    private let identifiers: IdentifierGenerator
    private let settings: Settings
    private let runner: ProbeRunner
    private let report: @Sendable (any Error) -> Void
    private let ended: @Sendable (String) -> Void
    private let doorbell = Doorbell()
    /// By the run's id.
    private let active = Mutex<[String: RunCancellation]>([:])

    /// - Parameters:
    ///   - pinned: finds the revision with which an interrupted run began, where another is live now. Without it such a
    ///     run fails and says so.
    ///   - report: told what a store said; the work is tried again.
    ///   - ended: told the id of each run that this process no longer works on.
    package init(
        control: any Database, telemetry scores: ScoreStore, routing: Snapshot<RoutingTable>,
        pinned: @escaping ProbeSources.Pinned = { _, _, _, _ in nil }, examples: @escaping ProbeSources.Examples,
        call: @escaping ProbeSources.Call, clock: WallClock, identifiers: IdentifierGenerator,
        settings: Settings = Settings(), report: @escaping @Sendable (any Error) -> Void = { _ in },
        ended: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.control = control
        self.scores = scores
        self.clock = clock
        self.identifiers = identifiers
        self.settings = settings
        self.report = report
        self.ended = ended
        sources = ProbeSources(routing: routing, pinned: pinned, examples: examples, call: call)
        runner = ProbeRunner(
            control: control, scores: scores, sources: sources, clock: clock, settings: settings,
            permits: SharedPermits(settings.concurrency))
    }

    /// Runs until it is cancelled; returns when the calls under way have ended. Runs that are unfinished then are
    /// resumed by the next process.
    package func run() async {
        // Discarding: another kind of group would keep what is left of each run until this one is over.
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    try await makeDueRuns()
                    for (run, cancellation) in try await takeUnfinished() {
                        group.addTask { await self.see(run, cancellation) }
                    }
                    await doorbell.wait(atMost: try await untilNextDue())
                } catch {
                    if !Task.isCancelled { report(error) }
                    await doorbell.wait(atMost: settings.retryInterval)
                }
            }
        }
    }

    /// Something has changed that the scheduler should look at: a run was asked for, a probe's interval is another, the
    /// clock was moved.
    package func ring() {
        doorbell.ring()
    }

    /// Ends the work on a probe's runs, whose state the caller has set.
    func cancelRuns(ofProbe id: String) {
        let stopped = active.withLock { active in active.values.filter { $0.probeID == id } }
        for cancellation in stopped { cancellation.cancel() }
    }

    private func see(_ run: ProbeRunRecord, _ cancellation: RunCancellation) async {
        do {
            try await runner.execute(run, cancellation)
        } catch {
            if !Task.isCancelled {
                report(error)
                // Else a full disk would have the run taken up again at once, and its calls made again and again.
                try? await Task.sleep(for: settings.retryInterval)
            }
        }
        _ = active.withLock { $0.removeValue(forKey: run.id) }
        ended(run.id)
        doorbell.ring()
    }

    /// As many of the unfinished runs as there is room for, the oldest first.
    private func takeUnfinished() async throws -> [(ProbeRunRecord, RunCancellation)] {
        let runsMax = settings.runsMax
        // Asked before the read: a run that ends between the two is unfinished in the rows, and not active any more.
        let busy = active.withLock { Set($0.keys) }
        let unfinished = try await control.read { try ProbeRunStore.unfinished(count: 2 * runsMax, in: $0) }
        return active.withLock { active in
            var taken = [(ProbeRunRecord, RunCancellation)]()
            for run in unfinished where active.count < runsMax && !busy.contains(run.id) {
                let cancellation = RunCancellation(probeID: run.probeID)
                active[run.id] = cancellation
                taken.append((run, cancellation))
            }
            return taken
        }
    }

    private static let dueCountMax = 100

    /// A probe whose last run still goes on waits for its next interval: runs do not pile up. Intervals that passed
    /// while no process ran are made up for by one run.
    private func makeDueRuns() async throws {
        let now = clock.now()
        while try await control.read({ try !ProbeStore.due(at: now, count: 1, in: $0).isEmpty }) {
            try await control.write { [identifiers] transaction in
                for probe in try ProbeStore.due(at: now, count: Self.dueCountMax, in: transaction) {
                    if try ProbeRunStore.unfinishedCount(of: probe, in: transaction) == 0 {
                        let run = ProbeRunRecord(id: identifiers.next(), probe: probe, at: now, by: "scheduler")
                        try ProbeRunStore.insert(run, in: transaction)
                    }
                    let next = Self.nextDue(of: probe, after: now)
                    try ProbeStore.reschedule(probe, at: next, in: transaction)
                }
            }
        }
    }

    /// On the probe's own beat, so that late wake-ups do not add up.
    private static func nextDue(of probe: ProbeRecord, after now: Timestamp) -> Timestamp? {
        let interval = Int64(probe.definition.intervalSeconds) * 1_000
        guard interval > 0, let due = probe.nextDueAt else { return nil }
        let missed = (now.milliseconds - due.milliseconds) / interval
        return due.advanced(byMilliseconds: (missed + 1) * interval)
    }

    private func untilNextDue() async throws -> Duration {
        guard let next = try await control.read({ try ProbeStore.nextDue(in: $0) }) else { return settings.waitMax }
        let left = Duration.milliseconds(next.milliseconds - clock.now().milliseconds)
        return min(max(left, .zero), settings.waitMax)
    }
}
