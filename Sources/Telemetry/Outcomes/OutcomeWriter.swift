package import Domain
package import SQL
import Synchronization

/// Moves outcomes from the queue into the telemetry file, in batches: by count and by time, whichever is first. The
/// windows that a batch touches are written in the batch's transaction.
package final class OutcomeWriter: Sendable {
    package struct Settings: Sendable {
        package var batchCountMax = 4_000
        package var flushIntervalMilliseconds = 100
        package var retryIntervalMilliseconds = 1_000

        package init() {}
    }

    private let queue: OutcomeQueue
    private let database: any Database
    private let settings: Settings
    private let totals: TrafficTotals
    /// Filled only inside of write transactions, which one thread runs in turn; emptied when one of them fails.
    private let ledger = Mutex(OutcomeLedger())
    private let failures = Atomic<UInt64>(0)
    private let unwritable = Atomic<UInt64>(0)
    /// What became of bodies.
    package let bodies = BodyCounts()
    /// What is in the file of the running periods.
    package let spending: SpendingBook
    /// What budgets count.
    private let meters: MeterBook?
    private let report: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - meters: whose budgets begin with what is in `spending`.
    ///   - report: told of each batch that could not be written, and of outcomes that were set aside.
    package init(
        queue: OutcomeQueue, database: any Database, totals: TrafficTotals, settings: Settings = Settings(),
        spending: SpendingBook = SpendingBook(), meters: MeterBook? = nil,
        report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.queue = queue
        self.database = database
        self.totals = totals
        self.settings = settings
        self.spending = spending
        self.meters = meters
        self.report = report
    }

    /// Batches that failed and were tried again.
    package var failedBatches: UInt64 {
        failures.load(ordering: .relaxed)
    }

    /// Outcomes that no try could have written, such as one whose latency is no number; they are among the dropped.
    package var setAside: UInt64 {
        unwritable.load(ordering: .relaxed)
    }

    /// Runs until it is cancelled. What came last waits for the `flush` of whoever cancelled: writing takes a task that
    /// is not.
    package func run() async {
        while !Task.isCancelled {
            if queue.depth == 0 { await queue.arrival.wait() }
            if queue.depth < settings.batchCountMax, !Task.isCancelled {
                await queue.fullBatch.wait(atMost: .milliseconds(settings.flushIntervalMilliseconds))
            }
            if !Task.isCancelled { await writeOrPause() }
        }
    }

    /// Everything recorded before the call is in the file when it returns.
    /// - Throws: what the store said; the outcomes wait for the next try.
    package func flush() async throws {
        let goal = queue.counts.recorded
        while queue.counts.settled < goal {
            try await writeBatch()
        }
    }

    private func writeOrPause() async {
        do {
            try await flush()
        } catch is CancellationError {
            return
        } catch {
            report(error)
            try? await Task.sleep(for: .milliseconds(settings.retryIntervalMilliseconds))
        }
    }

    /// Redacts and packs what came since the last time, before the transaction is begun in which it is written: the
    /// writer's thread has everybody's writes to do. Callers may be on a loop, so it is sent away from there. While it
    /// works more come in, fewer each time; the last few are left for the transaction.
    private func packBodies() async {
        for _ in 0..<Self.packingRoundsMax {
            let bodies = queue.takeUnpacked()
            guard !bodies.isEmpty else { return }
            await withTaskExecutorPreference(globalConcurrentExecutor) {
                var sharing = CoreSharing(count: 1, stepsPerTurn: 1)
                for one in bodies {
                    _ = PackedBodies.of(one)
                    sharing.step()
                }
            }
            if bodies.count <= Self.packingCountMin { return }
        }
    }

    private static let packingRoundsMax = 8
    private static let packingCountMin = 8

    private func writeBatch() async throws {
        await packBodies()
        let ticket = tickets.add(1, ordering: .relaxed).newValue
        do {
            // The batch is taken on the writer thread, so batches cannot overtake one another, and a flush that finds
            // the queue empty waits for the batch before it.
            try await database.write { [self] transaction in
                giveBackUncommitted(nil)
                guard let batch = queue.take() else { return }
                inHand.withLock { $0 = InHand(ticket: ticket, batch: batch) }
                do {
                    let written = try ledger.withLock { try $0.write(batch, in: transaction) }
                    transaction.afterCommit { [self] in committed(batch, written) }
                } catch {
                    giveBackUncommitted(ticket)
                    throw error
                }
            }
        } catch {
            giveBackUncommitted(ticket)
            // A write that was cancelled while it waited is no failure: nothing was tried.
            if !(error is CancellationError) { failures.add(1, ordering: .relaxed) }
            throw error
        }
    }

    private struct InHand {
        let ticket: UInt64
        let batch: OutcomeBatch
    }

    private let tickets = Atomic<UInt64>(0)
    /// The batch between its taking and its COMMIT, with the call that took it: a call that fails before its turn must
    /// not give back what another one is about to commit.
    private let inHand = Mutex<InHand?>(nil)

    private func committed(_ batch: OutcomeBatch, _ written: OutcomeLedger.Written) {
        inHand.withLock { $0 = nil }
        totals.add(written.tally)
        if let meters {
            meters.written(from: written.spending.first) {
                spending.add(written.spending)
            } charges: {
                batch.outcomes.compactMap(WrittenCharge.init)
            }
        } else {
            spending.add(written.spending)
        }
        queue.drop(written.aside.count)
        if !written.aside.isEmpty {
            let had = batch.outcomes.count { $0.bodies != nil }
            queue.dropBodies(had - written.bodies.stored - written.bodies.refused)
        }
        bodies.add(written.bodies)
        queue.settle(batch)
        unwritable.add(UInt64(written.aside.count), ordering: .relaxed)
        if let first = written.aside.first { report(first) }
    }

    /// Nothing of the batch is in the file, so what the kept windows say is no longer true. The next transaction does
    /// this first (nil) when COMMIT itself failed: it may run before the call that failed learns of it.
    private func giveBackUncommitted(_ ticket: UInt64?) {
        inHand.withLock { held in
            guard let failed = held, ticket == nil || ticket == failed.ticket else { return }
            held = nil
            ledger.withLock { $0.forgetAll() }
            queue.putBack(failed.batch)
        }
    }
}
