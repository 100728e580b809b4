package import Domain
package import SQL
import Synchronization

/// Answers in a SQLite file of their own, which is written by one task in batches, and read by one thread.
///
/// Nothing in it is worth a failure: what cannot be read is a miss, what cannot be written is dropped, a file that is
/// damaged or of another version is thrown away, and all of that is counted.
package final class AnswerFile: AnswerArchive {
    /// Monotonic counts since the start, and what there is.
    package struct Statistics: Sendable, Equatable {
        /// Lookups by what they came to.
        package var hits = 0
        package var misses = 0
        /// Not read in time, or for want of room in the queue.
        package var late = 0
        /// Not read, since the file could not be.
        package var unread = 0
        /// Answers that were written.
        package var written = 0
        /// Answers that were not, for want of room or because the file refused them.
        package var dropped = 0
        /// What the file refused: reads, writes, being opened.
        package var failures = 0
        /// Answers that were not what had been written.
        package var damaged = 0
        /// Files that were thrown away or put aside.
        package var discarded = 0
        /// Of the file now, without its free pages.
        package var fileBytes = 0
        /// Whether there is a file that can be asked.
        package var isOpen = false
    }

    let path: String
    let bytesMax: Int
    let migrations: [Migration]
    let clock: WallClock
    let uptime: @Sendable () -> Duration
    let allowedDeployments: @Sendable () -> Set<String>
    let isDiskLow: @Sendable () -> Bool
    let vfs: String?
    let report: @Sendable (ArchiveTrouble) -> Void
    let queue: ArchiveQueue
    let state = Mutex(ArchiveState())
    /// How many answers the transaction has that runs; of the one task that writes.
    let inHand = Atomic<Int>(0)

    /// Less is not worth a file.
    package static let bytesMin = 1 << 20
    private static let waitingBytesMax = 8 << 20

    /// - Parameters:
    ///   - bytesMax: of the file, without its log; `bytesMin` at least. A quarter of it is never filled.
    ///   - uptime: since any moment, by a clock that nobody sets.
    ///   - allowedDeployments: the ids of those that may have answers here; those of all others go within a minute.
    ///   - isDiskLow: whether others need what is left of the disk: nothing is written then.
    ///   - vfs: of SQLite's; nil for the system's.
    ///   - report: is told of what somebody should know; on any thread.
    package init(
        path: String, bytesMax: Int, migrations: [Migration], clock: WallClock,
        uptime: @escaping @Sendable () -> Duration = AnswerFile.sinceStart,
        allowedDeployments: @escaping @Sendable () -> Set<String>,
        isDiskLow: @escaping @Sendable () -> Bool = { false }, vfs: String? = nil,
        report: @escaping @Sendable (ArchiveTrouble) -> Void = { _ in }
    ) {
        self.path = path
        self.bytesMax = max(Self.bytesMin, bytesMax)
        self.migrations = migrations
        self.clock = clock
        self.uptime = uptime
        self.allowedDeployments = allowedDeployments
        self.isDiskLow = isDiskLow
        self.vfs = vfs
        self.report = report
        queue = ArchiveQueue(bytesMax: min(Self.waitingBytesMax, self.bytesMax / 4))
    }

    package var statistics: Statistics {
        var statistics = state.withLock { state in
            var statistics = state.statistics
            statistics.isOpen = state.usable != nil
            return statistics
        }
        statistics.dropped += queue.dropped
        return statistics
    }

    /// Of all deployments.
    package var holding: ArchiveHolding { holdings.values.reduce(into: ArchiveHolding()) { $0.add($1) } }

    // MARK: AnswerArchive

    package func now() -> Timestamp { clock.now() }

    package var holdings: [String: ArchiveHolding] { state.withLock { $0.holdings } }

    package func answer(_ key: [UInt8], ageMax: Int) async -> ArchivedAnswer? {
        guard let database = state.withLock({ $0.usable }) else {
            state.withLock { $0.statistics.unread += 1 }
            return nil
        }
        do {
            let finding = try await database.read { try AnswerRow.read(key, in: $0) }
            guard !Task.isCancelled else { throw CancellationError() }
            return counted(finding, ageMax: ageMax)
        } catch {
            unread(error)
            return nil
        }
    }

    package func keep(_ answer: ArchivedAnswer) {
        guard AnswerRow.byteCount(answer) <= bytesMax / 16 else { return queue.drop(1) }
        queue.add(answer)
    }

    package func purge(deployments: Set<String>) async throws -> ArchiveHolding {
        queue.remove(of: deployments)
        let known = holdings.filter { deployments.contains($0.key) }.values
        if let database = state.withLock({ $0.usable }) {
            do {
                // After the batch that is being written now, which may have some of them.
                let gone = try await database.write { transaction in
                    try deployments.reduce(into: ArchiveHolding()) { sum, deployment in
                        sum.add(try HoldingLedger.purge(deployment, in: transaction))
                    }
                }
                state.withLock { state in for deployment in deployments { state.holdings[deployment] = nil } }
                queue.arrival.ring()
                // A power cut takes back what is only written, and there may be no such log any more. On its thread.
                try await database.write { [path] _ in try FileSync.sync(path + "-wal") }
                return gone
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failed(error)
            }
        }
        // What must go and cannot be taken out goes with all the rest.
        state.withLock { $0.broke() }
        // Who purges may be on a loop.
        try await withTaskExecutorPreference(globalConcurrentExecutor) { try giveUp() }
        return known.reduce(into: ArchiveHolding()) { $0.add($1) }
    }

    /// Has the file and all that is in it go. Blocks: not on a loop.
    private func giveUp() throws {
        defer {
            // One that was begun meanwhile may have lost its name.
            state.withLock { $0.broke() }
            queue.arrival.ring()
        }
        guard try Self.isOurs(path) else { return }
        try Self.remove(path)
        state.withLock { $0.statistics.discarded += 1 }
        report(.thrownAway("it could not be written, and answers had to go"))
    }

    // MARK: Moments

    private static let start = ContinuousClock.now
    package static let sinceStart: @Sendable () -> Duration = { start.duration(to: .now) }

    /// The moment, and whether ages can be told then. Both clocks are read under the lock: nobody comes with a moment
    /// after others have seen a later one.
    func look(_ state: inout ArchiveState) -> (now: Timestamp, tellsAges: Bool) {
        let now = clock.now()
        return (now, state.tellsAges(at: now, uptime: uptime()))
    }

    // MARK: Lookups

    private func counted(_ finding: AnswerRow.Finding, ageMax: Int) -> ArchivedAnswer? {
        state.withLock { state in
            let (now, tellsAges) = look(&state)
            switch finding {
            case .answer(let answer)
            where tellsAges && answer.expiresAt > now && Self.age(of: answer, at: now) <= ageMax:
                state.statistics.hits += 1
                return answer
            case .answer, .nothing: state.statistics.misses += 1
            case .damaged:
                state.statistics.misses += 1
                state.statistics.damaged += 1
            }
            return nil
        }
    }

    /// In whole seconds; `.max` of one that is not made yet, whose real age nobody knows.
    private static func age(of answer: ArchivedAnswer, at now: Timestamp) -> Int {
        let milliseconds = now.milliseconds - answer.madeAt.milliseconds
        guard milliseconds >= -ArchiveTurn.toleranceMilliseconds else { return .max }
        return Int(max(0, milliseconds) / 1_000)
    }

    private func unread(_ error: any Error) {
        let isLate = error is CancellationError || error as? SQLError == .queueFull
        state.withLock { state in
            if isLate { state.statistics.late += 1 } else { state.statistics.unread += 1 }
        }
        if !isLate { failed(error) }
    }

    /// Counts what the file refused, and gives it up where it is at fault itself.
    func failed(_ error: any Error) {
        // It is being closed by its owner.
        guard error as? SQLError != .closed else { return }
        let (isNew, isGivenUp) = state.withLock { state -> (Bool, Bool) in
            state.statistics.failures += 1
            let isGivenUp = Self.isDamage(error) && !state.isBroken
            if isGivenUp { state.broke() }
            defer { state.isTroubleTold = true }
            return (!state.isTroubleTold, isGivenUp)
        }
        if isNew { report(.failed("\(error)")) }
        if isGivenUp { queue.arrival.ring() }
    }
}
