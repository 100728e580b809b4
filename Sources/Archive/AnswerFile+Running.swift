import Domain
import SQL
import Synchronization

/// What is done to the file in the background, by one task alone.
extension AnswerFile {
    private static let tidySeconds = 60
    private static let reopenSeconds = 10
    /// Well beyond what the log grows to before this process's own reads are held up for it.
    static let logBytesMax = 64 << 20
    /// Of what is written in one transaction.
    private var batchBytesMax: Int { min(1 << 20, bytesMax / 16) }
    /// What is in use of the file; the rest is for what is written before something else goes.
    private var usedBytesMax: Int { bytesMax / 4 * 3 }

    /// Writes what comes and lets go of what has to go, until it is cancelled. What came last waits for `close`.
    package func run() async {
        var tidied = ContinuousClock.now
        var opened = tidied
        while !Task.isCancelled {
            while !Task.isCancelled, await turn() {}
            await queue.arrival.wait(atMost: .seconds(Self.tidySeconds))
            let now = ContinuousClock.now
            if state.withLock({ $0.usable == nil }), opened.duration(to: now) >= .seconds(Self.reopenSeconds) {
                opened = now
                await open()
            }
            guard tidied.duration(to: now) >= .seconds(Self.tidySeconds) else { continue }
            tidied = now
            _ = await turn(isTidying: true)
        }
    }

    /// Writes what waits, and closes the file.
    package func close() async {
        queue.close()
        while !queue.isEmpty, !Task.isCancelled { _ = await turn() }
        let (database, now) = state.withLock { state in
            let (now, tellsAges) = look(&state)
            defer { state.database = nil }
            return (tellsAges ? state.usable : nil, now)
        }
        // Where it fails the file knows a moment that is a little earlier.
        try? await database?.write { try ArchiveTurn.note(now, in: $0) }
        await database?.close()
    }

    /// One transaction's worth.
    /// - Parameter isTidying: whether to look for answers of deployments that may have none here.
    /// - Returns: whether there is more to do.
    func turn(isTidying: Bool = false) async -> Bool {
        let (database, now, isClockBack) = state.withLock { state in
            let (now, tellsAges) = look(&state)
            return (state.usable, now, !tellsAges)
        }
        guard let database else {
            queue.drop(queue.take(bytesMax: .max).count)
            return false
        }
        guard await hasShortLog(database) else {
            queue.drop(queue.take(bytesMax: .max).count)
            return false
        }
        if isDiskLow() { queue.drop(queue.take(bytesMax: .max).count) }
        let turn = ArchiveTurn(
            now: now, usedBytesMax: usedBytesMax, isClockBack: isClockBack,
            allowed: isTidying ? allowedDeployments() : nil)
        let hasMore = await perform(turn, in: database)
        return hasMore || !queue.isEmpty
    }

    /// - Returns: whether more has to go than went.
    private func perform(_ turn: ArchiveTurn, in database: SQLiteDatabase) async -> Bool {
        inHand.store(0, ordering: .relaxed)
        do {
            let result = try await database.write { [self] transaction in
                // Here, where writes follow one another: a purge that comes later finds them in the file.
                let answers = queue.take(bytesMax: batchBytesMax)
                inHand.store(answers.count, ordering: .relaxed)
                return try turn.run(answers, in: transaction)
            }
            queue.drop(inHand.load(ordering: .relaxed) - result.written)
            done(result, turn, in: database)
            return result.hasMore
        } catch is CancellationError {
            // It had not begun.
            return false
        } catch {
            let begun = inHand.load(ordering: .relaxed)
            // Where it could not even begin they would be tried for ever.
            queue.drop(begun > 0 ? begun : queue.take(bytesMax: batchBytesMax).count)
            failed(error)
            if error as? SQLError == .diskFull { await makeRoom(turn, in: database) }
            return false
        }
    }

    /// Whether the log can be written: it grows for as long as another program reads the file.
    private func hasShortLog(_ database: SQLiteDatabase) async -> Bool {
        guard database.statistics.walBytes > Self.logBytesMax else { return true }
        do {
            try await database.checkpoint()
            return true
        } catch {
            if !(error is CancellationError) { failed(error) }
            return false
        }
    }

    private func done(_ result: ArchiveTurn.Result, _ turn: ArchiveTurn, in database: SQLiteDatabase) {
        state.withLock { state in
            state.statistics.written += result.written
            guard state.usable === database else { return }
            state.holdings = result.holdings
            state.statistics.fileBytes = result.usedBytes
            state.isTroubleTold = false
            if turn.isClockBack { state.isClockBack = false }
        }
        if turn.isClockBack { report(.clockWentBack) }
    }

    /// The file has come to its end before it should have.
    private func makeRoom(_ turn: ArchiveTurn, in database: SQLiteDatabase) async {
        let room = ArchiveTurn(
            now: turn.now, usedBytesMax: turn.usedBytesMax / 8 * 7, isClockBack: turn.isClockBack, allowed: nil)
        do {
            done(try await database.write { try room.run([], in: $0) }, room, in: database)
        } catch {
            if !(error is CancellationError) { failed(error) }
        }
    }
}
