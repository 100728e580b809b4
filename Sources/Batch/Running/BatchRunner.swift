package import Domain
import JSON
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
    private let validations = SharedPermits(2)
    private let doorbell = Doorbell()
    private let holds: BatchHolds
    private let memory = LaneMemory()
    private let work: Mutex<Work>

    private struct Work {
        /// By the batch's id.
        var active: [String: BatchStop] = [:]
        var slots: BatchSlots
    }

    /// However far the next end of a window is: the wall clock may be set.
    private static let waitMax = Duration.seconds(60)
    /// Of more different models than these, all lines go one way.
    private static let lanesMax = 16
    /// Batches that are looked at for a slot: far more than there are slots.
    private static let unfinishedMax = 16_384

    /// - Parameters:
    ///   - database: `batch.sqlite`.
    ///   - room: what bounds the answers.
    ///   - report: told what the store said; the work is tried again.
    ///   - held: told of lines that have had no answer for a while, and when one got through again (nil), with their
    ///     batch and model.
    ///   - ended: told the id of each batch that this process no longer works on.
    package init(
        database: any Database, clock: WallClock, identifiers: IdentifierGenerator, sources: BatchSources,
        settings: BatchSettings, room: StorageRoom, report: @escaping @Sendable (any Error) -> Void = { _ in },
        held: @escaping @Sendable (_ batch: String, _ model: String?, LaneHold?) -> Void = { _, _, _ in },
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
        holds = BatchHolds(settings, clock: clock, notice: held)
        work = Mutex(Work(slots: BatchSlots(settings)))
        gate = LineGate(settings, isBusy: { sources.isBusy() || room.isDiskLow })
        retention = BatchRetention(database: database, clock: clock, settings: settings)
    }

    /// Runs until it is cancelled; returns when the lines that are being asked have ended.
    package func run() async {
        await withDiscardingTaskGroup { group in
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
        work.withLock { $0.active[id] }?.end(.cancelled)
        doorbell.ring()
    }

    /// Lines that are being asked.
    package var linesRunning: Int { gate.count }
    /// Batches that are worked on.
    package var batchesRunning: Int { work.withLock { $0.active.count } }
    /// Models of batches whose lines get no answers just now, by the reason.
    package var lanesHeld: [(reason: String, count: Int)] {
        let counts = holds.counts
        return LaneTrouble.Kind.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
    }

    /// OpenAI's batch object, and what holds it up.
    func json(_ batch: BatchRecord) -> JSONValue {
        batch.json(held: batch.status == .inProgress ? holds.of(batch.id) : [])
    }

    /// From now on no line begins. Returns when those that are being asked have ended, or after `timeout`.
    package func drain(within timeout: Duration) async {
        gate.close()
        let end = ContinuousClock.now.advanced(by: timeout)
        while gate.count > 0, ContinuousClock.now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// As many of the unfinished as there is room for; others may be told to make some.
    private func takeUnfinished() async throws -> [(String, BatchStop)] {
        // Asked before the read: one that ends between the two is unfinished in the rows, and not active any more.
        let busy = work.withLock { Set($0.active.keys) }
        let now = clock.now()
        let unfinished = try await database.read {
            try BatchStore.unfinished(at: now, count: Self.unfinishedMax, in: $0)
        }
        let rows = Dictionary(unfinished.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let waiting = unfinished.filter { !busy.contains($0.id) }.map { batch in
            BatchSlots.Waiting(
                id: batch.id, project: batch.project,
                isEnding: batch.expiresAt <= now || batch.status == .finalizing || batch.status == .cancelling)
        }
        return work.withLock { work in
            let active = work.active.map { self.slot($0.key, $0.value, at: now) }
            let shares = work.slots.share(waiting.filter { work.active[$0.id] == nil }, active: active)
            for id in shares.leaving { work.active[id]?.leave() }
            return shares.taken.compactMap { taken in
                guard let batch = rows[taken.id] else { return nil }
                let stop = BatchStop(project: batch.project, expiresAt: batch.expiresAt, takenAt: now)
                if batch.status == .cancelling { stop.end(.cancelled) }
                if batch.expiresAt <= now { stop.end(.expired) }
                work.active[batch.id] = stop
                return (batch.id, stop)
            }
        }
    }

    private func slot(_ id: String, _ stop: BatchStop, at now: Timestamp) -> BatchSlots.Active {
        let lanes = stop.lanes
        let held = holds.of(id)
        // Each time that it has a slot it may try for as long.
        let since =
            held.count >= lanes ? held.map { max($0.since, stop.takenAt).milliseconds }.max() : nil
        return BatchSlots.Active(
            id: id, project: stop.project, canLeave: lanes > 0 && stop.reason == nil, isLeaving: stop.isLeaving,
            isEnding: stop.reason != nil, heldMilliseconds: since.map { now.milliseconds - $0 })
    }

    private func expire() {
        let now = clock.now()
        for stop in work.withLock({ Array($0.active.values) }) where stop.expiresAt <= now { stop.end(.expired) }
    }

    private func untilNextEnd() -> Duration {
        let next = work.withLock { $0.active.values.filter { $0.reason == nil }.map(\.expiresAt).min() }
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
        work.withLock { work in
            work.active[id] = nil
            if stop.isLeaving { work.slots.left(id) } else { work.slots.ended(id) }
        }
        // What holds up one that has made room does so still.
        if !stop.isLeaving {
            holds.forget(id)
            memory.forget(id)
        }
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
            guard try await stop.during({ try await self.askAll(batch, stop) }) else {
                return try await stopped(batch, stop)
            }
            guard !stop.isLeaving else { return false }
            return try await finalize(batch, isExpired: false)
        case .finalizing, .cancelling:
            let finish = BatchFinish(
                database: database, clock: clock, identifiers: identifiers, counters: counters,
                held: holds.of(id))
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
        let claim = PermitShares.Claim(project: batch.project, work: batch.id)
        guard await validations.acquire(for: claim) else { throw CancellationError() }
        defer { validations.release(claim) }
        try await BatchValidation(
            database: database, clock: clock, settings: settings, room: room, sources: sources
        ).run(batch)
    }

    private func finalize(_ batch: BatchRecord, isExpired: Bool) async throws -> Bool {
        let now = clock.now()
        try await database.write { try BatchStore.finalize(batch.id, isExpired: isExpired, at: now, in: $0) }
        return true
    }

    /// Returns when every line has its answer, or when what it has begun has ended and it is leaving.
    private func askAll(_ batch: BatchRecord, _ stop: BatchStop) async throws {
        let asking = LineAsking(
            batch: batch, database: database, sources: sources, counters: counters, settings: settings, room: room,
            report: report)
        let models = try await database.read { try LineStore.models(of: batch.id, count: Self.lanesMax + 1, in: $0) }
        let lanes: [String?] = models.count > Self.lanesMax ? [nil] : models
        let isClosed = await withTaskGroup(of: BatchLane.End.self) { group in
            for model in lanes {
                group.addTask { [gate, holds, memory] in
                    await BatchLane(
                        asking: asking, gate: gate, stop: stop, holds: holds, memory: memory, model: model
                    ).run()
                }
            }
            // None ends another: what each has begun is paid for.
            return await group.reduce(false) { $0 || $1 == .closed }
        }
        try Task.checkCancellation()
        if isClosed { throw SQLError.closed }
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
