package import Domain
package import SQL
import Synchronization

/// Sees every batch through, also those that the end of a process interrupted: what has an answer keeps it, what has
/// none is asked. A line that was being asked when the process ended may be asked of its provider again.
package final class BatchRunner: Sendable {
    package let counters = BatchCounters()
    private let database: any Database
    private let clock: WallClock
    private let identifiers: IdentifierGenerator
    private let sources: BatchSources
    private let settings: BatchSettings
    private let gate: LineGate
    private let report: @Sendable (any Error) -> Void
    private let ended: @Sendable (String) -> Void
    private let retention: BatchRetention
    private let room: StorageRoom
    /// Files that are read at once: each takes a processor, and memory for the identities of its lines.
    private let validations = CallPermits(2)
    private let doorbell = Doorbell()
    /// By the batch's id.
    private let active = Mutex<[String: BatchStop]>([:])

    /// However far the next end of a window is: the wall clock may be set.
    private static let waitMax = Duration.seconds(60)
    /// Of more different models than these, all lines go one way.
    private static let lanesMax = 16

    /// - Parameters:
    ///   - database: `batch.sqlite`.
    ///   - room: what bounds the answers.
    ///   - report: told what the store said; the work is tried again.
    ///   - ended: told the id of each batch that this process no longer works on.
    package init(
        database: any Database, clock: WallClock, identifiers: IdentifierGenerator, sources: BatchSources,
        settings: BatchSettings, room: StorageRoom, report: @escaping @Sendable (any Error) -> Void = { _ in },
        ended: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.database = database
        self.clock = clock
        self.identifiers = identifiers
        self.sources = sources
        self.settings = settings
        self.report = report
        self.ended = ended
        self.room = room
        gate = LineGate(settings, isBusy: { sources.isBusy() || room.isDiskLow })
        retention = BatchRetention(database: database, clock: clock, settings: settings)
    }

    /// Runs until it is cancelled; returns when the lines that are being asked have ended.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.sweep() }
            while !Task.isCancelled {
                do {
                    for (id, stop) in try await takeUnfinished() { group.addTask { await self.see(id, stop) } }
                    await doorbell.wait(atMost: untilNextEnd())
                } catch {
                    if !Task.isCancelled { report(error) }
                    await doorbell.wait(atMost: .milliseconds(settings.retryMilliseconds))
                }
                expire()
            }
        }
    }

    /// Something has changed that the runner should look at: a batch was made, the clock was moved.
    package func ring() { doorbell.ring() }

    /// There may be something to clear away.
    package func clear() { retention.ring() }

    /// Its status says so already.
    func cancel(_ id: String) {
        active.withLock { $0[id] }?.end(.cancelled)
        doorbell.ring()
    }

    /// Lines that are being asked.
    package var linesRunning: Int { gate.count }
    /// Batches that are worked on.
    package var batchesRunning: Int { active.withLock { $0.count } }

    /// From now on no line begins. Returns when those that are being asked have ended, or after `timeout`.
    package func drain(within timeout: Duration) async {
        gate.close()
        let end = ContinuousClock.now.advanced(by: timeout)
        while gate.count > 0, ContinuousClock.now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// As many of the unfinished as there is room for, the oldest first.
    private func takeUnfinished() async throws -> [(String, BatchStop)] {
        // Asked before the read: one that ends between the two is unfinished in the rows, and not active any more.
        let busy = active.withLock { Set($0.keys) }
        let count = 2 * settings.activeMax
        let now = clock.now()
        let unfinished = try await database.read { try BatchStore.unfinished(at: now, count: count, in: $0) }
        return active.withLock { active in
            var taken: [(String, BatchStop)] = []
            for batch in unfinished where active.count < settings.activeMax && !busy.contains(batch.id) {
                // Batches may wait a day for a limit of theirs: other projects' do not wait behind them.
                let count = active.values.count { $0.project == batch.project }
                guard count < settings.activePerProjectMax else { continue }
                let stop = BatchStop(batch)
                if batch.status == .cancelling { stop.end(.cancelled) }
                if batch.expiresAt <= now { stop.end(.expired) }
                active[batch.id] = stop
                taken.append((batch.id, stop))
            }
            return taken
        }
    }

    private func expire() {
        let now = clock.now()
        for stop in active.withLock({ Array($0.values) }) where stop.expiresAt <= now { stop.end(.expired) }
    }

    private func untilNextEnd() -> Duration {
        let next = active.withLock { $0.values.filter { $0.reason == nil }.map(\.expiresAt).min() }
        guard let next else { return Self.waitMax }
        let left = Duration.milliseconds(next.milliseconds - clock.now().milliseconds)
        return min(max(left, .zero), Self.waitMax)
    }

    // MARK: One batch

    private func see(_ id: String, _ stop: BatchStop) async {
        do {
            while !Task.isCancelled, try await step(id, stop) {}
        } catch {
            if !Task.isCancelled {
                report(error)
                // Else a store that fails would have the batch taken up again at once.
                try? await Task.sleep(for: .milliseconds(settings.retryMilliseconds))
            }
        }
        _ = active.withLock { $0.removeValue(forKey: id) }
        ended(id)
        retention.ring()
        doorbell.ring()
    }

    /// From one status to the next.
    /// - Returns: whether there is another.
    private func step(_ id: String, _ stop: BatchStop) async throws -> Bool {
        guard let batch = try await database.read({ try BatchStore.find(id, in: $0) }) else { return false }
        switch batch.status {
        case .validating:
            if try await stop.during({ try await self.validate(batch) }) { return true }
            return try await stopped(batch, stop)
        case .inProgress:
            guard try await stop.during({ try await self.askAll(batch) }) else { return try await stopped(batch, stop) }
            return try await finalize(batch, isExpired: false)
        case .finalizing, .cancelling:
            let finish = BatchFinish(
                database: database, clock: clock, identifiers: identifiers, counters: counters)
            try await finish.run(batch)
            return false
        case .failed:
            counters.ended(.failed)
            return false
        case .completed, .expired, .cancelled: return false
        }
    }

    private func stopped(_ batch: BatchRecord, _ stop: BatchStop) async throws -> Bool {
        switch stop.reason {
        case .expired: try await finalize(batch, isExpired: true)
        case .cancelled: true
        // The process ends.
        case nil: false
        }
    }

    private func validate(_ batch: BatchRecord) async throws {
        guard await validations.acquire() else { throw CancellationError() }
        defer { validations.release() }
        try await BatchValidation(database: database, clock: clock, settings: settings, room: room).run(batch)
    }

    private func finalize(_ batch: BatchRecord, isExpired: Bool) async throws -> Bool {
        let now = clock.now()
        try await database.write { try BatchStore.finalize(batch.id, isExpired: isExpired, at: now, in: $0) }
        return true
    }

    /// Returns when every line has its answer.
    private func askAll(_ batch: BatchRecord) async throws {
        let asking = LineAsking(
            batch: batch, database: database, sources: sources, counters: counters, settings: settings, room: room,
            report: report)
        let models = try await database.read { try LineStore.models(of: batch.id, count: Self.lanesMax + 1, in: $0) }
        let lanes: [String?] = models.count > Self.lanesMax ? [nil] : models
        try await withThrowingTaskGroup(of: Void.self) { group in
            for model in lanes {
                group.addTask { [gate] in try await BatchLane(asking: asking, gate: gate, model: model).run() }
            }
            try await group.waitForAll()
        }
    }

    private func sweep() async {
        while !Task.isCancelled {
            do {
                try await retention.sweep()
            } catch {
                if !Task.isCancelled { report(error) }
            }
            await retention.wait()
        }
    }
}
