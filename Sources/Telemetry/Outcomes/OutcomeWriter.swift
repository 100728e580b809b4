import Domain
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
    /// Touched only inside of write transactions, which one thread runs in turn; the lock is never waited for.
    private let windows = Mutex(OpenWindows())
    private let failures = Atomic<UInt64>(0)
    private let report: @Sendable (any Error) -> Void

    /// - Parameter report: told of each batch that could not be written.
    package init(
        queue: OutcomeQueue, database: any Database, totals: TrafficTotals, settings: Settings = Settings(),
        report: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.queue = queue
        self.database = database
        self.totals = totals
        self.settings = settings
        self.report = report
    }

    /// Batches that failed and were tried again.
    package var failedBatches: UInt64 {
        failures.load(ordering: .relaxed)
    }

    /// Runs until it is cancelled, then writes what is left.
    package func run() async {
        while !Task.isCancelled {
            if queue.depth == 0 { await queue.arrival.wait() }
            if queue.depth < settings.batchCountMax, !Task.isCancelled {
                await queue.fullBatch.wait(atMost: .milliseconds(settings.flushIntervalMilliseconds))
            }
            await writeOrPause()
        }
        // The task is cancelled by now; writing must not be. The last of the queue is flushed by `drain`.
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
        } catch {
            report(error)
            try? await Task.sleep(for: .milliseconds(settings.retryIntervalMilliseconds))
        }
    }

    private func writeBatch() async throws {
        do {
            // The batch is taken on the writer thread, so batches cannot overtake one another, and a flush that finds
            // the queue empty waits for the batch before it.
            try await database.write { [self] transaction in
                let batch = queue.take(settings.batchCountMax)
                guard !batch.isEmpty else { return }
                do {
                    try insert(batch, in: transaction)
                } catch {
                    giveBack(batch)
                    throw BatchFailure(cause: error)
                }
                pending.withLock { $0 = batch }
                transaction.afterCommit { [self] in committed(batch) }
            }
        } catch let failure as BatchFailure {
            failures.add(1, ordering: .relaxed)
            throw failure.cause
        } catch {
            // COMMIT itself failed: nothing of the batch is in the file.
            if let batch = pending.withLock({ $0.take() }) { giveBack(batch) }
            failures.add(1, ordering: .relaxed)
            throw error
        }
    }

    /// The batch between its insertion and its COMMIT.
    private let pending = Mutex<[Outcome]?>(nil)

    private func insert(_ batch: [Outcome], in transaction: any Transaction) throws {
        try OutcomeStore.insert(batch, in: transaction)
        try windows.withLock { try $0.add(batch, in: transaction) }
    }

    private func committed(_ batch: [Outcome]) {
        pending.withLock { $0 = nil }
        totals.add(batch)
        queue.settle(batch.count)
    }

    /// The transaction is rolled back, so what the cached windows say is no longer in the file.
    private func giveBack(_ batch: [Outcome]) {
        windows.withLock { $0.forgetAll() }
        queue.putBack(batch)
    }

    private struct BatchFailure: Error {
        let cause: any Error
    }
}
